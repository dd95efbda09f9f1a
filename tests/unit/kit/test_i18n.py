from gettext import NullTranslations

from kit import i18n
from kit.i18n import PSEUDO_LANGUAGE, SOURCE_LANGUAGE, current_language, use_language
from kit.i18n import gettext as _


def test_gettext_in_english_fills_placeholders_only_with_values() -> None:
    assert _("50 % of %(amount)s") == "50 % of %(amount)s"
    assert _("Hello %(name)s", name="Mira") == "Hello Mira"
    assert i18n.ngettext("%(count)s client", "%(count)s clients", 1) == "1 client"
    assert i18n.ngettext("%(count)s client", "%(count)s clients", 0) == "0 clients"


def test_use_language_unknown_code_is_english() -> None:
    with use_language("../../etc"):
        assert (current_language(), _("Saved.")) == (SOURCE_LANGUAGE, "Saved.")


def test_use_language_without_catalogue_of_region_is_that_of_language() -> None:
    i18n.add_language("pt", NullTranslations())
    try:
        with use_language("pt-BR"):
            assert current_language() == "pt"
    finally:
        i18n.remove_language("pt")


def test_use_language_pseudo_translates_and_ends_with_block(pseudo_catalogue_added: None) -> None:
    assert i18n.has_translations()
    with use_language(PSEUDO_LANGUAGE):
        assert i18n.ngettext("%(count)s hour", "%(count)s hours", 2) == "2 ĥòùŕš"
        # A text that no code uses is in no catalogue.
        assert _("".join(["Sav", "ed by nobody."])) == "Saved by nobody."
        assert _("") == ""
    assert current_language() == SOURCE_LANGUAGE
