from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from modeltranslation.utils import get_translation_fields

from catalog.demo.products import CATEGORIES, PRODUCTS, DemoCategory, DemoProduct
from catalog.models import Category, Product

USERNAMES = ("alice", "bob")
PASSWORD = "demo-pass-1"


class Command(BaseCommand):
    help = (
        "Fill the shop with demo products and, where DEBUG is on, two demo users. "
        "Adds what is missing and leaves what is there as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="Add the products (never the users) although DEBUG is off.",
        )
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="Do nothing in a shop that has a product already.",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["force"]):
            raise CommandError(
                "DEBUG is off, so this may be a real shop and demo products would be "
                "for sale in it. Add --force to put them in all the same."
            )
        if options["if_empty"] and Product.objects.exists():
            return
        added, left_out = _add_products()
        self.stdout.write(f"{added} of {len(PRODUCTS)} demo products added.")
        for item in left_out:
            self.stdout.write(
                f"{item.sku} was left out: another product has the slug {item.slug!r}."
            )
        if settings.DEBUG:
            self.stdout.write(f"{_add_users()} of {len(USERNAMES)} demo users added.")
            names = " and ".join(USERNAMES)
            self.stdout.write(f"Sign in as {names} with the password {PASSWORD}.")


def _add_products() -> tuple[int, list[DemoProduct]]:
    """Add the products; return how many, and those whose slugs were taken."""
    categories = {
        item.slug: Category.objects.get_or_create(
            slug=item.slug,
            defaults=_texts(item, "name"),
        )[0]
        for item in CATEGORIES
    }
    added = 0
    left_out = []
    for item in PRODUCTS:
        is_there = Product.objects.filter(sku=item.sku).exists()
        if not is_there and Product.objects.filter(slug=item.slug).exists():
            left_out.append(item)
            continue
        product, created = Product.objects.get_or_create(
            sku=item.sku,
            defaults={
                **_texts(item, "name", "description"),
                "slug": item.slug,
                "price": item.price,
                "category": categories[item.category],
            },
        )
        _add_picture(product, item, created)
        added += created
    return added, left_out


def _texts(item: DemoCategory | DemoProduct, *fields: str) -> dict[str, str]:
    """Return the item's texts in the languages that the shop has."""
    names = get_translation_fields(*fields)
    return {name: getattr(item, name) for name in names if hasattr(item, name)}


def _add_picture(product: Product, item: DemoProduct, created: bool) -> None:
    """Save a new product's picture, or restore an old one's missing file."""
    storage = product.image.storage
    name = product.image.field.generate_filename(product, f"{item.slug}.svg")
    if created or (product.image.name == name and not storage.exists(name)):
        # A file left by an earlier database would make the storage pick another name.
        storage.delete(name)
        product.image.save(f"{item.slug}.svg", ContentFile(item.picture()))


def _add_users() -> int:
    added = 0
    for username in USERNAMES:
        users = get_user_model().objects
        if users.filter(username=username).exists():
            continue
        email = f"{username}@example.com"
        user = users.create_user(username, email, PASSWORD)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        added += 1
    return added
