"""All routers of pages. Fixed words come before ids."""

from crm.pages import (
    locking,
    people,
    person,
    person_end,
    person_form,
    tasks,
    today,
    visit_form,
    visits,
)

routers = (
    today.router,
    locking.router,
    people.router,
    person_form.router,
    person.router,
    person_end.router,
    visits.router,
    visit_form.router,
    tasks.router,
)
