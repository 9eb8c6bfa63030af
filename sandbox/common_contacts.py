"""How every ERP stand-in shows, and lets a person change, whom an account is for."""

from pydantic import BaseModel, ConfigDict


class CommonContact(BaseModel):
    """What a person sees of an account. `contact` is empty where the system keeps none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""


def under(fields: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """The changes under a system's own names. Raises KeyError for a field that it lacks."""
    return {fields[name]: value for name, value in changes.items()}
