"""The countries that GET /credits/{countrycode} knows, and what a text there costs: none is the real price.

International texts are "typically charged double", "but for certain countries may be charged fractions of
credits (e.g. 2.5)": here those are Germany and Switzerland, for no reason.
"""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.numbers import Destination

COUNTRIES = {
    **{"AE": "United Arab Emirates", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BG": "Bulgaria"},
    **{"BR": "Brazil", "CA": "Canada", "CH": "Switzerland", "CN": "China", "CY": "Cyprus", "CZ": "Czechia"},
    **{"DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France"},
    **{"GB": "United Kingdom", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland", "IL": "Israel"},
    **{"IN": "India", "IS": "Iceland", "IT": "Italy", "JP": "Japan", "KE": "Kenya", "LT": "Lithuania"},
    **{"LU": "Luxembourg", "LV": "Latvia", "MT": "Malta", "MX": "Mexico", "NG": "Nigeria", "NL": "Netherlands"},
    **{"NO": "Norway", "NZ": "New Zealand", "PK": "Pakistan", "PL": "Poland", "PT": "Portugal", "RO": "Romania"},
    **{"SE": "Sweden", "SG": "Singapore", "SI": "Slovenia", "SK": "Slovakia", "TR": "Türkiye", "UA": "Ukraine"},
    **{"US": "United States", "ZA": "South Africa"},
}

AT_HOME = 1.0
ABROAD = 2.0
_OTHERWISE = {"CH": 2.5, "DE": 2.5}
_DIALLED = {"41": "CH", "49": "DE"}


def price_of_country(code: str) -> float:
    """The credits of a text of one part to a country of the list."""
    return AT_HOME if code == "GB" else _OTHERWISE.get(code, ABROAD)


def price_of_number(destination: Destination) -> float:
    """The credits of a text of one part to a number."""
    if not destination.international:
        return AT_HOME
    return price_of_country(_DIALLED.get(destination.digits[:2], "other"))
