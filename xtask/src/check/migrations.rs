//! Both databases have the same migrations: same numbers, same names.

/// Files that only one folder has, names of the wrong form, and numbers used twice.
pub fn paired(sqlite: &[String], postgres: &[String]) -> Vec<String> {
    let lone = |ours: &[String], theirs: &[String], missing: &str| -> Vec<String> {
        ours.iter()
            .filter(|name| !theirs.contains(name))
            .map(|name| format!("migrations/{missing}/{name} is missing"))
            .collect()
    };
    let mut broken = lone(sqlite, postgres, "postgres");
    broken.extend(lone(postgres, sqlite, "sqlite"));
    let mut numbers: Vec<&str> = Vec::new();
    for name in sqlite {
        let number = name.split('_').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|b| b.is_ascii_digit()) || !name.ends_with(".sql") {
            broken.push(format!("migrations/sqlite/{name}: the name must be NNNN_name.sql"));
        } else if numbers.contains(&number) {
            broken.push(format!("migrations/sqlite/{name}: number {number} is used twice"));
        }
        numbers.push(number);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn folders_must_match() {
        let both = names(&["0001_start.sql", "0002_more.sql"]);
        assert!(paired(&both, &both).is_empty());
        assert_eq!(paired(&both, &names(&["0001_start.sql"])).len(), 1);
        assert_eq!(paired(&names(&["0001_start.sql"]), &names(&["0001_other.sql"])).len(), 2);
    }

    #[test]
    fn numbers_are_unique_and_of_four_digits() {
        let twice = names(&["0001_a.sql", "0001_b.sql"]);
        assert_eq!(paired(&twice, &twice).len(), 1);
        let short = names(&["1_a.sql"]);
        assert_eq!(paired(&short, &short).len(), 1);
    }
}
