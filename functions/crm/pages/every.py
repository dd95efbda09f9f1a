"""All routers of pages. Fixed words come before ids."""

from crm.pages import (
    bringing,
    codes,
    encryption,
    leaving,
    locking,
    people,
    person,
    person_end,
    person_form,
    rekeying,
    tasks,
    today,
    unsubscribe,
    visit_form,
    visits,
)

routers = (
    unsubscribe.router,
    today.router,
    locking.router,
    people.router,
    person_form.router,
    person.router,
    person_end.router,
    visits.router,
    visit_form.router,
    tasks.router,
    encryption.router,
    codes.router,
    rekeying.router,
    leaving.router,
    bringing.router,
)
