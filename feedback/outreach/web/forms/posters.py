"""Forms for posters."""

from wtforms import RadioField, SelectChoice, SelectField

from feedback.base.web.forms import OpenForm, PageForm
from feedback.outreach.domain.poster import DESIGN_LABELS, FORMAT_LABELS, ON_PAPER, PosterDesign, PosterFormat

_DESIGNS = [SelectChoice(str(design), label) for design, label in DESIGN_LABELS.items()]
_FORMS = [SelectChoice(str(form), label) for form, label in FORMAT_LABELS.items()]


class AllPostersForm(PageForm):
    """The posters of all channels."""

    design = RadioField("样式", choices=_DESIGNS, default=PosterDesign.DOOR)
    form = SelectField("做成", choices=_FORMS, default=PosterFormat.A4)
    bundle = RadioField(
        "文件",
        choices=[SelectChoice("pdf", "合成一个 PDF，一次打印"), SelectChoice("zip", "每个渠道一个文件，压缩成 ZIP")],
        default="pdf",
    )


class PosterForm(OpenForm):
    """One poster, as its address asks for it."""

    design = SelectField("样式", choices=_DESIGNS, default=PosterDesign.DOOR)
    form = SelectField("做成", choices=_FORMS, default=PosterFormat.A4)

    @property
    def chosen(self) -> tuple[PosterFormat, PosterDesign]:
        """Which kind in which design."""
        return PosterFormat(self.form.data), PosterDesign(self.design.data)

    @property
    def ending(self) -> str:
        """Of the file's name."""
        return "pdf" if self.chosen[0] in ON_PAPER else "png"
