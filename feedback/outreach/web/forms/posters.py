"""Forms for posters."""

from wtforms import RadioField, SelectChoice, SelectField

from feedback.base.web.forms import OpenForm, PageForm
from feedback.outreach.domain.poster import DESIGN_LABELS, ON_PAPER, SIZE_LABELS, PosterDesign, PosterSize

_DESIGNS = [SelectChoice(str(design), label) for design, label in DESIGN_LABELS.items()]
_SIZES = [SelectChoice(str(size), label) for size, label in SIZE_LABELS.items()]


class AllPostersForm(PageForm):
    """The posters of all channels."""

    design = RadioField("样式", choices=_DESIGNS, default=PosterDesign.DOOR)
    size = SelectField("做成", choices=_SIZES, default=PosterSize.A4)
    bundle = RadioField(
        "文件",
        choices=[SelectChoice("pdf", "合成一个 PDF，一次打印"), SelectChoice("zip", "每个渠道一个文件，压缩成 ZIP")],
        default="pdf",
    )


class PosterForm(OpenForm):
    """One poster, as its address asks for it."""

    design = SelectField("样式", choices=_DESIGNS, default=PosterDesign.DOOR)
    size = SelectField("做成", choices=_SIZES, default=PosterSize.A4)

    @property
    def chosen(self) -> tuple[PosterSize, PosterDesign]:
        """Which kind in which design."""
        return PosterSize(self.size.data), PosterDesign(self.design.data)

    @property
    def ending(self) -> str:
        """Of the file's name."""
        return "pdf" if self.chosen[0] in ON_PAPER else "png"
