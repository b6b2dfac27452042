"""The control: what a competent Flask developer writes in an hour, for the product to be measured against."""

import os
from datetime import UTC, datetime

import click
from flask import Flask, render_template
from flask_wtf import FlaskForm
from sqlalchemy import Connection, String, Text, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

GROUPS = [
    "人民群众",
    "人大代表",
    "政协委员",
    "企业家代表",
    "律师代表",
    "人民陪审员",
    "特约监督员",
    "案件当事人",
    "政法干警",
    "其他",
]
KINDS = ["建议", "反映问题", "咨询", "表扬"]
AGENCIES = ["政法委", "法院", "检察院", "公安", "司法行政", "其他政法单位", "不清楚"]
CATEGORIES = [
    "执法司法不公不严",
    "有案不立、压案不查、有罪不究",
    "违反防止干预司法“三个规定”",
    "违规经商办企业",
    "违规参股借贷",
    "违规违法减刑、假释、暂予监外执行",
    "离任后违规从事律师职业、充当司法掮客",
    "工作作风与服务态度",
    "办事效率与便民",
    "队伍建设",
    "制度机制建议",
    "表扬英模",
    "其他/不清楚",
]

app = Flask(__name__)
app.config.from_prefixed_env("BENCH")
engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}", connect_args={"timeout": 10})


@event.listens_for(engine, "connect")
def set_pragmas(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below starts the transactions
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.cursor().execute(f"PRAGMA {pragma}").close()


@event.listens_for(engine, "begin")
def begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # every transaction of this application writes


class Base(DeclarativeBase):
    pass


class Submission(Base):
    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    campaign: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(50))
    agency: Mapped[str] = mapped_column(String(50))
    category: Mapped[str] = mapped_column(String(50))
    text: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(50))
    phone: Mapped[str | None] = mapped_column(String(20))
    consent: Mapped[bool]


class SubmissionForm(FlaskForm):
    group = SelectField("您的身份", choices=GROUPS)
    kind = RadioField("类型", choices=KINDS)
    agency = RadioField("涉及单位", choices=AGENCIES)
    category = SelectField("问题类别", choices=CATEGORIES)
    text = TextAreaField("意见建议", [DataRequired("请填写您的意见建议"), Length(max=5000)])
    name = StringField("姓名(选填)", [Optional(), Length(max=50)])
    phone = StringField("电话(选填)", [Optional(), Regexp(r"^[0-9+ -]{5,20}$")])
    consent = BooleanField("我已阅读并同意隐私说明", [DataRequired("请勾选同意")])


@app.get("/hello")
def hello() -> str:
    return "Hello, World!"


@app.route("/f/<code>", methods=["GET", "POST"])
def submit(code: str) -> str | tuple[str, int]:
    form = SubmissionForm()
    if not form.validate_on_submit():
        return render_template("form.html", form=form), 422 if form.errors else 200
    submission = Submission(campaign=code)
    form.populate_obj(submission)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add(submission)
    return render_template("receipt.html", submission=submission)


@app.cli.command("prepare")
@click.option("--json", is_flag=True, help="Print the address of the form as JSON.")
def prepare(json: bool) -> None:
    """Create the table once, before the workers start: they would race for it."""
    Base.metadata.create_all(engine)
    click.echo('{"form_path": "/f/abcde"}' if json else "/f/abcde")
