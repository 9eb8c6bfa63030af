"""The v3 endpoints of products and variants: listing them, and updating prices in batches."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.bigcommerce.asking import included, json_array, listed, paging
from sandbox.bigcommerce.catalogue import Catalogue
from sandbox.bigcommerce.refusals import Refused, json_answer
from sandbox.bigcommerce.wire_catalogue import product_v3, variant_v3
from sandbox.bigcommerce.wire_v3 import page_v3

_MOST_PRODUCTS, _MOST_VARIANTS = 10, 50
_PRICES = ("price", "sale_price", "cost_price")


def catalogue_v3(catalogue: Catalogue) -> APIRouter:
    """Routes over one catalogue."""
    router = APIRouter(prefix="/stores/{store_hash}/v3/catalog")

    @router.get("/products")
    async def list_products(request: Request) -> Response:
        page, limit = paging(request)
        ids, skus = listed(request, "id:in"), listed(request, "sku:in")
        found = [
            one
            for one in catalogue.products.values()
            if (ids is None or str(one.id) in ids) and (skus is None or one.sku in skus)
        ]
        shown, meta = page_v3(found, page=page, limit=limit)
        fields = frozenset(listed(request, "include_fields") or ())
        variants = "variants" in included(request)
        data = [product_v3(one, variants=variants, fields=fields) for one in shown]
        return json_answer({"data": data, "meta": meta})

    @router.get("/variants")
    async def list_variants(request: Request) -> Response:
        page, limit = paging(request)
        sku, products = request.query_params.get("sku"), listed(request, "product_id:in")
        found = [
            one
            for one in catalogue.variants.values()
            if (sku is None or one.sku == sku)
            and (products is None or str(one.product_id) in products)
        ]
        shown, meta = page_v3(found, page=page, limit=limit)
        data = [variant_v3(catalogue.products[one.product_id], one) for one in shown]
        return json_answer({"data": data, "meta": meta})

    _add_updates(router, catalogue)
    return router


def _add_updates(router: APIRouter, catalogue: Catalogue) -> None:
    @router.put("/products")
    async def update_products(request: Request) -> Response:
        sent = await _batch(request, _MOST_PRODUCTS)
        for one in sent:
            if one.get("id") not in catalogue.products:
                raise Refused(404, f"Product {one.get('id')} was not found.")
            for name in _PRICES:
                if name in one:
                    _checked(one[name], name, nullable=False)
        products = [catalogue.products[one["id"]] for one in sent]
        for product, one in zip(products, sent, strict=True):
            for name in _PRICES:
                if name in one:
                    setattr(product, name, Decimal(str(one[name])))
        catalogue.price_updates.append(len(sent))
        data = [product_v3(one, variants=False, fields=frozenset()) for one in products]
        return json_answer({"data": data, "meta": {}})

    @router.put("/variants")
    async def update_variants(request: Request) -> Response:
        sent = await _batch(request, _MOST_VARIANTS)
        wrong = [one for one in sent if one.get("id") not in catalogue.variants]
        if wrong:
            raise _batch_errors(wrong)
        for one in sent:
            for name in _PRICES:
                if name in one:
                    _checked(one[name], name, nullable=True)
        variants = [catalogue.variants[one["id"]] for one in sent]
        for variant, one in zip(variants, sent, strict=True):
            for name in _PRICES:
                if name in one:
                    _set_price(variant, name, one[name])
        catalogue.price_updates.append(len(sent))
        data = [variant_v3(catalogue.products[one.product_id], one) for one in variants]
        return json_answer({"data": data, "meta": {}})


def _set_price(variant: Any, name: str, value: Any) -> None:
    # A cost price of null is stored as 0 (card, section 6).
    empty = Decimal(0) if name == "cost_price" else None
    setattr(variant, name, empty if value is None else Decimal(str(value)))


async def _batch(request: Request, most: int) -> list[dict[str, Any]]:
    sent = await json_array(request)
    if len(sent) > most:
        raise Refused(
            413,
            f"The request payload is too large. The maximum items allowed in the array is {most}",
        )
    return sent


def _batch_errors(wrong: list[dict[str, Any]]) -> Refused:
    errors = [
        {
            "status": 422,
            "title": f"Variant {one.get('id')} does not exist.",
            "type": "/api-docs/getting-started/api-status-codes",
            "errors": {},
        }
        for one in wrong
    ]
    return Refused(422, "", body={"batch_errors": errors})


def _checked(value: Any, name: str, *, nullable: bool) -> None:
    if value is None and nullable:
        return
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise Refused(422, f"{name} is invalid.", errors={name: "error.expected.number"})
