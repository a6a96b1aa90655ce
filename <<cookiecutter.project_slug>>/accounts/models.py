from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A customer or a member of staff: Django's user, ready for fields of your own."""
