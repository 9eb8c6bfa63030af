"""The states that the company has on file; addresses name them by code."""

from sandbox.sap_business_one.entity_types import Row

_STATES = {
    "US": (
        "AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;"
        "DE Delaware;DC District of Columbia;FL Florida;GA Georgia;HI Hawaii;ID Idaho;IL Illinois;"
        "IN Indiana;IA Iowa;KS Kansas;KY Kentucky;LA Louisiana;ME Maine;MD Maryland;"
        "MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi;MO Missouri;MT Montana;"
        "NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;"
        "NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;OR Oregon;PA Pennsylvania;"
        "RI Rhode Island;SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;"
        "VT Vermont;VA Virginia;WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming"
    ),
    "CA": (
        "AB Alberta;BC British Columbia;MB Manitoba;NB New Brunswick;NL Newfoundland and Labrador;"
        "NS Nova Scotia;ON Ontario;PE Prince Edward Island;QC Quebec;SK Saskatchewan"
    ),
    "AU": (
        "ACT Australian Capital Territory;NSW New South Wales;NT Northern Territory;QLD Queensland;"
        "SA South Australia;TAS Tasmania;VIC Victoria;WA Western Australia"
    ),
}


def states() -> dict[tuple[str, str], Row]:
    """The states by country and code."""
    found: dict[tuple[str, str], Row] = {}
    for country, listed in _STATES.items():
        for one in listed.split(";"):
            code, _, name = one.partition(" ")
            found[(code, country)] = {"Code": code, "Country": country, "Name": name}
    return found


_KNOWN = states()


def is_state(country: str | None, code: str | None) -> bool:
    """Whether an address may name that state; countries without a list take any code."""
    return not code or (country or "") not in _STATES or (code, country) in _KNOWN
