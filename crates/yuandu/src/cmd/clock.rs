//! `yuandu clock`: asks the statutory working calendar when a period ends, once or for a whole file.
//!
//! All sums are made by `yuandu_base::calendar`; here are only arguments, files and output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use yuandu_base::Lang;
use yuandu_base::calendar::batch::{self, BatchError, BatchSummary};
use yuandu_base::calendar::{Budget, Calendar, CalendarError, OfficeHours};
use yuandu_base::reasons::in_chinese;

const BAD_ROWS: u8 = 1;
const BAD_INPUT: u8 = 2;

/// When does a period end? Counts working days and office hours on the statutory calendar.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu clock --from 2025-01-24T16:30 --budget 20d
  yuandu clock --from '2025-01-24 16:30' --budget 4h --lang en --json
  yuandu clock --batch periods.csv --json

Rules:
  Days: the day of the start is not counted; the period ends when business stops on the last working day.
  Hours: only office time counts; the period ends at the earliest instant at which the budget is used up.
  A year without a published holiday table is taken as Monday to Friday, and the answer says so.

A batch is CSV in UTF-8 whose first line names the columns `from,budget` (others are passed over). The answer is CSV
with the columns `from,budget,due,due_date,error,beyond_calendar`, or with --json one object a line. A bad row stops
nothing; `beyond_calendar` is true where a year without a published holiday table was touched.

Exit codes:
  0  everything was answered
  1  a batch was answered, but some of its rows have errors
  2  bad input: an argument, the calendar file or the heading of the batch")]
pub struct ClockArgs {
    /// When the period begins: 2025-01-24T16:30, '2025-01-24 16:30:05', 2025-01-24, or RFC 3339 with an offset
    #[arg(
        long,
        value_name = "INSTANT",
        required_unless_present = "batch",
        requires = "budget"
    )]
    pub from: Option<String>,

    /// How long it is: 20d working days, 4h or 1.5h working hours, 30m working minutes
    #[arg(
        long,
        value_name = "BUDGET",
        allow_hyphen_values = true,
        required_unless_present = "batch",
        requires = "from"
    )]
    pub budget: Option<String>,

    /// Answers every row of a CSV file with the columns from,budget; - reads standard input
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["from", "budget"])]
    pub batch: Option<PathBuf>,

    /// Office hours [default: 08:30-12:00,13:00-17:30]
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,

    /// A calendar file laid over the statutory one: further years, other office hours
    #[arg(long, value_name = "FILE.toml")]
    pub calendar: Option<PathBuf>,

    /// Language of words and errors: zh or en
    #[arg(long, default_value = "zh", value_parser = language)]
    pub lang: Lang,

    /// Answers for machines
    #[arg(long)]
    pub json: bool,
}

pub(super) fn language(text: &str) -> Result<Lang, String> {
    text.parse()
        .map_err(|()| format!("`{text}` is not a language of the program; write zh or en"))
}

/// Runs the command; the exit codes are those of its help.
///
/// # Errors
/// Only when the answer cannot be written.
pub fn run(args: ClockArgs) -> anyhow::Result<ExitCode> {
    match answer(&args) {
        Ok(code) => Ok(code),
        Err(Failure::Input(message)) => {
            eprintln!("{message}");
            Ok(ExitCode::from(BAD_INPUT))
        }
        // The reader went away, as `head` does; nothing is wrong with the answer.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        Err(Failure::Output(error)) => Err(error).context("the answer could not be written"),
    }
}

/// Why there is no answer.
enum Failure {
    /// The user must change something; the message is in the user's language.
    Input(String),
    /// Reading or writing failed.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn answer(args: &ClockArgs) -> Result<ExitCode, Failure> {
    let input = |error: CalendarError| Failure::Input(error.message().get(args.lang).to_owned());
    let calendar = calendar(args)?;
    if let Some(file) = &args.batch {
        return many(args, &calendar, file);
    }
    let from = args.from.as_deref().unwrap_or_default();
    let budget = args.budget.as_deref().unwrap_or_default();
    let from = calendar.parse_instant(from).map_err(input)?;
    let budget: Budget = budget.parse().map_err(input)?;
    let projection = calendar.project(from, budget).map_err(input)?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &projection).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{}", projection.due_local())?;
        writeln!(out, "{}", projection.explain(args.lang))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The statutory calendar with what the arguments lay over it.
fn calendar(args: &ClockArgs) -> Result<Calendar, Failure> {
    let input = |error: CalendarError| Failure::Input(error.message().get(args.lang).to_owned());
    let mut calendar = Calendar::statutory().clone();
    if let Some(file) = &args.calendar {
        let text =
            std::fs::read_to_string(file).map_err(|error| unreadable(args.lang, file, &error))?;
        calendar = calendar
            .extended(&file.display().to_string(), &text)
            .map_err(input)?;
    }
    if let Some(hours) = &args.hours {
        let hours: OfficeHours = hours.parse().map_err(input)?;
        calendar = calendar.with_office_hours(hours);
    }
    Ok(calendar)
}

fn many(args: &ClockArgs, calendar: &Calendar, file: &Path) -> Result<ExitCode, Failure> {
    let out = BufWriter::new(io::stdout().lock());
    let summary = if file.as_os_str() == "-" {
        rows(args, calendar, io::stdin().lock(), out)
    } else {
        let opened = File::open(file).map_err(|error| unreadable(args.lang, file, &error))?;
        rows(args, calendar, opened, out)
    };
    let summary = summary.map_err(|error| match error {
        BatchError::Heading(error) => Failure::Input(error.message().get(args.lang).to_owned()),
        BatchError::Io(error) => Failure::Output(error),
    })?;
    let BatchSummary {
        rows,
        errors,
        beyond_calendar,
    } = summary;
    if beyond_calendar > 0 {
        match args.lang {
            Lang::Zh => {
                eprintln!("注意：{beyond_calendar} 行涉及尚无放假安排的年份，只按周末休息推算")
            }
            Lang::En => eprintln!(
                "note: {beyond_calendar} rows touch a year without a published holiday table; weekends only"
            ),
        }
    }
    if errors == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    match args.lang {
        Lang::Zh => eprintln!("共 {rows} 行，其中 {errors} 行有误，见 error 列"),
        Lang::En => eprintln!("{rows} rows, {errors} of them with errors; see the column `error`"),
    }
    Ok(ExitCode::from(BAD_ROWS))
}

fn rows(
    args: &ClockArgs,
    calendar: &Calendar,
    input: impl io::Read,
    output: impl Write,
) -> Result<BatchSummary, BatchError> {
    if args.json {
        batch::run_to_json_lines(calendar, input, output)
    } else {
        batch::run_to_csv(calendar, input, output, args.lang)
    }
}

fn unreadable(lang: Lang, file: &Path, error: &io::Error) -> Failure {
    let file = file.display();
    Failure::Input(match lang {
        Lang::Zh => format!("无法读取文件 `{file}`：{}", in_chinese(&error.to_string())),
        Lang::En => format!("the file `{file}` cannot be read: {error}"),
    })
}
