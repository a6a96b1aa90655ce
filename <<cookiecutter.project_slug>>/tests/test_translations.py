"""Every text of the catalogues is translated, and what `compilemessages` makes of that is up to date."""

from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOGUES = sorted(settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.po"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_is_complete_and_compiled(path: Path) -> None:
    source = polib.pofile(path)
    unfinished = [*source.untranslated_entries(), *source.fuzzy_entries()]
    assert [entry.msgid for entry in unfinished] == []
    assert texts(source) == texts(polib.mofile(path.with_suffix(".mo")))


def texts(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str, str], object]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr
        for entry in catalogue
        if not entry.obsolete
    }
