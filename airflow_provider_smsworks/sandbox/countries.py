"""The countries that GET /credits/{countrycode} knows: not all of them, and none has the real price."""

from __future__ import annotations

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
