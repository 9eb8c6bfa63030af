"""The settings of customers changed in the ERP."""

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from domain.contacts import ContactField, Owner
from settings.section import Section


class OwnerSettings(Section):
    """Whose word counts, field by field: `store` or `erp`."""

    name: Owner = Field(Owner.STORE, description="The person's first and last name.")
    company: Owner = Field(Owner.STORE, description="The company.")
    email: Owner = Field(
        Owner.STORE, description="The e-mail address, which the customer logs in with."
    )
    phone: Owner = Field(Owner.STORE, description="The telephone number.")
    address: Owner = Field(
        Owner.STORE, description="The oldest entry of the address book, which stands for all."
    )

    @property
    def by_field(self) -> dict[ContactField, Owner]:
        """Return the owners as the domain wants them."""
        return {field: getattr(self, field.value) for field in ContactField}


class CustomerSettings(Section):
    """Whether customers changed in the ERP flow back to the store."""

    flow_back: bool = Field(False, description="Bring what the ERP owns back to the store.")
    owner: OwnerSettings = OwnerSettings()  # pyright: ignore[reportCallIssue]
    every_minutes: int = Field(15, gt=0, description="How often to look for changed accounts.")
    full_at: time = Field(
        time(4, 30), description="When every account is looked at, every night (UTC)."
    )

    @model_validator(mode="after")
    def _owns_something(self) -> Self:
        if self.flow_back and Owner.ERP not in self.owner.by_field.values():
            raise ValueError(
                "flow_back is on, but the store owns every field, so nothing would flow; name what "
                'the ERP owns, e.g. owner = { phone = "erp" }'
            )
        return self
