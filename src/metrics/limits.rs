//! Who was held back by which limit, who was served how much, and who fails too often.

use std::{collections::BTreeMap, sync::Arc};

use super::page::{Family, Page, Type};
use crate::{
    allowance::{FailureBudgets, Refusals},
    principal::Kind,
    wire::Operation,
};

const LIMITED: Family = Family {
    name: "authbench_limited_total",
    kind: Type::Counter,
    help: "Requests that a limit refused, by plan (empty: what all callers share) and limit.",
};
const SHADOWED: Family = Family {
    name: "authbench_limits_shadowed_total",
    kind: Type::Counter,
    help: "Requests that were served, and that a limit would have refused, were its plan no shadow.",
};
const USAGE: Family = Family {
    name: "authbench_usage_requests_total",
    kind: Type::Counter,
    help: "Requests that callers were served since the start, of the first 1000 callers by name, the rest together.",
};
const OVER_ADMITTED: Family = Family {
    name: "authbench_quota_over_admitted_total",
    kind: Type::Counter,
    help: "Requests that were admitted although other servers had used up the quota, by plan.",
};
const BUDGETS: Family = Family {
    name: "authbench_failure_budgets",
    kind: Type::Gauge,
    help: "Failure budgets (one for each address and claimed caller) that are begun or spent now; all others are whole.",
};

impl Page {
    /// What limits refused.
    pub fn limits(&mut self, refusals: &[Refusals]) {
        let mut limited = self.family(LIMITED);
        for of in refusals {
            limited.put(&[("plan", &of.plan), ("limit", of.limit.as_str())], of.refused);
        }
        let mut shadowed = self.family(SHADOWED);
        for of in refusals {
            shadowed.put(&[("plan", &of.plan), ("limit", of.limit.as_str())], of.shadowed);
        }
    }

    /// What callers were served. Whoever counts bounds how many there are.
    pub fn usage(&mut self, totals: &BTreeMap<(Kind, Arc<str>, Operation), u64>) {
        let mut usage = self.family(USAGE);
        for ((kind, caller, operation), count) in totals {
            usage.put(&[("kind", kind.as_str()), ("caller", caller), ("operation", operation.as_str())], *count);
        }
    }

    /// What was admitted beyond quotas, by plan.
    pub fn over_admitted(&mut self, by_plan: &BTreeMap<Arc<str>, u64>) {
        let mut over = self.family(OVER_ADMITTED);
        for (plan, count) in by_plan {
            over.put(&[("plan", plan)], *count);
        }
    }

    /// Who fails too often.
    pub fn failure_budgets(&mut self, budgets: FailureBudgets) {
        let mut family = self.family(BUDGETS);
        family.put(&[("state", "begun")], budgets.begun);
        family.put(&[("state", "spent")], budgets.spent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowance::Limit;

    #[test]
    fn what_was_counted_elsewhere_is_told() {
        let mut page = Page::default();
        page.limits(&[Refusals { plan: "gold".into(), limit: Limit::Operation, refused: 7, shadowed: 8 }]);
        page.usage(&BTreeMap::from([((Kind::Key, Arc::from("a \"b\""), Operation::Hello), 7)]));
        page.over_admitted(&BTreeMap::from([(Arc::from("small"), 2)]));
        page.failure_budgets(FailureBudgets { begun: 3, spent: 1 });
        let text = page.into_text();
        for line in [
            r#"authbench_limited_total{plan="gold",limit="operation"} 7"#,
            r#"authbench_limits_shadowed_total{plan="gold",limit="operation"} 8"#,
            r#"authbench_usage_requests_total{kind="key",caller="a \"b\"",operation="GET /hello-world"} 7"#,
            r#"authbench_quota_over_admitted_total{plan="small"} 2"#,
            r#"authbench_failure_budgets{state="begun"} 3"#,
            r#"authbench_failure_budgets{state="spent"} 1"#,
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
