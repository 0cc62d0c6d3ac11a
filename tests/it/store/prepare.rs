//! Every statement is prepared on both databases; what it takes and gives is what it was declared to.

use std::collections::BTreeSet;

use quell_store::{Db, statements};
use sqlx::{Column as _, Either, Executor as _, SqlSafeStr as _, Statement};

use super::backend::{Backend, on_both};

fn shape<S: Statement>(statement: &S) -> (usize, Vec<String>) {
    let parameters = match statement.parameters() {
        Some(Either::Left(types)) => types.len(),
        Some(Either::Right(count)) => count,
        None => 0,
    };
    (parameters, statement.columns().iter().map(|column| column.name().to_owned()).collect())
}

async fn prepared(backend: &Backend, sql: &'static str) -> Result<(usize, Vec<String>), sqlx::Error> {
    match backend.store.db() {
        Db::Sqlite { write, .. } => write.acquire().await?.prepare(sql.into_sql_str()).await.map(|it| shape(&it)),
        Db::Postgres(pool) => pool.acquire().await?.prepare(sql.into_sql_str()).await.map(|it| shape(&it)),
    }
}

on_both! {
    every_statement_is_what_it_says(backend) {
        let mut names = BTreeSet::new();
        for statement in statements() {
            assert!(names.insert(statement.sql), "{} is there twice", statement.name);
            let (parameters, columns) = prepared(backend, statement.sql)
                .await
                .unwrap_or_else(|error| panic!("{}: {error}\n{}", statement.name, statement.sql));
            assert_eq!(parameters, statement.params, "parameters of {}", statement.name);
            assert_eq!(columns, statement.columns, "columns of {}", statement.name);
        }
        assert!(names.len() > 80, "statements are missing in the registry");
    }
}
