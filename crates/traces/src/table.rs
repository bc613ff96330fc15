//! Tables by column, and how one is described: name, unit, meaning and value of each column in one place.

/// Values of a column, one for each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers.
    Integer(Vec<u64>),
    /// Real numbers.
    Real(Vec<f64>),
    /// Yes or no.
    Boolean(Vec<bool>),
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name; it ends in the unit where there is one.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Its values.
    pub values: Values,
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name, which its file has too.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Columns of equal length.
    pub columns: Vec<Column>,
}

/// A column of a table of `Row`s, before there are rows.
pub(crate) struct Field<Row> {
    name: &'static str,
    meaning: &'static str,
    value: Getter<Row>,
}

type Of<Row, T> = Box<dyn Fn(&Row) -> T>;

enum Getter<Row> {
    Text(Of<Row, String>),
    Integer(Of<Row, u64>),
    Real(Of<Row, f64>),
    Boolean(Of<Row, bool>),
}

impl<Row> Field<Row> {
    pub(crate) fn text(
        name: &'static str,
        meaning: &'static str,
        value: impl Fn(&Row) -> String + 'static,
    ) -> Self {
        Self {
            name,
            meaning,
            value: Getter::Text(Box::new(value)),
        }
    }

    pub(crate) fn integer(
        name: &'static str,
        meaning: &'static str,
        value: impl Fn(&Row) -> u64 + 'static,
    ) -> Self {
        Self {
            name,
            meaning,
            value: Getter::Integer(Box::new(value)),
        }
    }

    pub(crate) fn real(
        name: &'static str,
        meaning: &'static str,
        value: impl Fn(&Row) -> f64 + 'static,
    ) -> Self {
        Self {
            name,
            meaning,
            value: Getter::Real(Box::new(value)),
        }
    }

    pub(crate) fn boolean(
        name: &'static str,
        meaning: &'static str,
        value: impl Fn(&Row) -> bool + 'static,
    ) -> Self {
        Self {
            name,
            meaning,
            value: Getter::Boolean(Box::new(value)),
        }
    }

    fn column(self, rows: &[Row]) -> Column {
        let values = match self.value {
            Getter::Text(value) => Values::Text(rows.iter().map(value).collect()),
            Getter::Integer(value) => Values::Integer(rows.iter().map(value).collect()),
            Getter::Real(value) => Values::Real(rows.iter().map(value).collect()),
            Getter::Boolean(value) => Values::Boolean(rows.iter().map(value).collect()),
        };
        Column {
            name: self.name,
            meaning: self.meaning,
            values,
        }
    }
}

impl Table {
    pub(crate) fn new<Row>(
        name: &'static str,
        meaning: &'static str,
        rows: &[Row],
        fields: impl IntoIterator<Item = Field<Row>>,
    ) -> Self {
        Self {
            name,
            meaning,
            columns: fields.into_iter().map(|field| field.column(rows)).collect(),
        }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Real(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
