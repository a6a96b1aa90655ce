"""Mixins and forms shared by the pages of the admin."""

from typing import Any

from django import forms
from django.http import HttpRequest


class ListForm(forms.ModelForm):
    """A row of a change list with `list_editable` that saves only changed fields.

    Otherwise saving a change list that was opened an hour ago would revert what others
    have changed since, in every row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Compare with the values that were displayed, not with the current ones.
            field.show_hidden_initial = True

    def clean(self) -> None:
        for name in {*self._meta.fields} - {*self.changed_data}:
            self.cleaned_data[name] = getattr(self.instance, name)


class ListEditableMixin:
    """For a `ModelAdmin` with `list_editable`."""

    # No form may have more fields than `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
    list_max_show_all = 100

    def get_changelist_form(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, **{"form": ListForm, **kwargs})


class LookOnlyMixin:
    """For a `ModelAdmin` or an inline that allows no changes and no additions."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
