"""The agents' console, under ``/console``: server-rendered pages in Chilean Spanish.

An area is a module of its own (``desk/``, ``board/``, …) with a blueprint ``pages``, its
``templates/<area>/`` and an `area.Area` named ``AREA``, which `routes.AREAS` lists.

**A view** carries `access.allowed`, and gets a `Visit`: who asks, when, and one transaction. A GET reads; a
POST is committed if it answers with a status below 400, else all is undone::

    @pages.route("/proyectos/<code>", methods=["GET", "POST"])
    @allowed(Role.ADMINISTRATOR)
    def edit(visit: Visit, code: str) -> ResponseReturnValue:
        project = projects.get(visit.session, code, lock=True)
        form = ProjectForm(obj=project)
        if form.validate_on_submit() and form.still(seen(project)):
            with visit.attempt(form):
                projects.update(visit.session, project, name=form.name.data, now=visit.now)
                visit.record("change", f"project:{code}", name=form.name.data)
                flash("Proyecto guardado.", "success")
                return redirect(url_for(".show", code=code), 303)
        if request.method == "GET":
            form.showing(seen(project))
        return render_template("projects/edit.html", form=form), form.status

**A form** is a `forms.ConsoleForm`, or a `forms.VersionedForm` where two may act at once. It is rendered by
the macros ``form_tag`` and ``field``, and by nothing else: they carry the token, the page that the form
stands on and its name, by which what was written survives an expired session. Fields whose name contains
``password`` are never kept. Business rules say no by `RuleError`; `Visit.attempt` undoes everything and tells
it in the form.

**A page** extends ``console/base.html`` and fills ``heading``, ``lead``, ``actions`` and ``content``. It
renders inside its view, while the transaction is open. Values are shown by the filters of `show`, names of
stored words by `words`; ``console/macros.html`` has fields, paging, empty states, tags and players. No inline
script or style: the content security policy refuses them.

**Live parts** are fragments: ``<section data-live="board" data-src="…">`` is fetched anew when the stream
says that something changed (`live`), or every ten seconds where there is no stream.

What one may rely on: a stranger sees nothing (`tests/console/test_routes.py` walks every route for each
role); nothing is done without a token; whoever did what stands in the audit (`Visit.record`).
"""

from ivr.console.context import ConsoleContext
from ivr.console.live import Live
from ivr.console.routes import blueprint

__all__ = ["ConsoleContext", "Live", "blueprint"]
