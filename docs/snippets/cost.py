"""What a text costs: in the README and on the page about it. A test compares the comments with what comes out."""

from __future__ import annotations

# [START howto_estimate]
from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.api.typography import replace_typography

estimate("It’s late. Sorry!")
# Estimate(encoding='UCS-2', length=17, parts=1, least_credits=1, most_credits=1,
#          forced_by=('U+2019 RIGHT SINGLE QUOTATION MARK',))
replace_typography("It’s late. Sorry!")
# ("It's late. Sorry!", {'U+2019 RIGHT SINGLE QUOTATION MARK': 1})
# [END howto_estimate]
