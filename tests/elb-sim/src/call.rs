//! A call that the gateway let through, on its way to what it asks for.

use serde_json::{Value, json};

use crate::{
    elb::row::Row,
    fields::Fields,
    iam::Caller,
    list::{self, Filters},
    reply::{Answer, Dialect, Refusal, Reply},
    request::Request,
    world::World,
};

/// A call and the world that it may change.
#[derive(Debug)]
pub struct Call<'a> {
    /// Everything there is.
    pub world: &'a mut World,
    /// What came in.
    pub request: &'a Request,
    /// The parts of the path that stand for something, in their order.
    pub params: &'a [String],
    /// Who calls; none only where the door is open.
    pub caller: Option<&'a Caller>,
    /// The id of this call.
    pub request_id: &'a str,
    /// Whose error codes it is answered with.
    pub dialect: Dialect,
}

impl Call<'_> {
    /// The project in the path.
    pub fn project(&self) -> &str {
        self.params.first().map_or("", String::as_str)
    }

    /// The object in the path.
    pub fn id(&self) -> &str {
        self.params.get(1).map_or("", String::as_str)
    }

    /// The object below that one.
    pub fn below(&self) -> &str {
        self.params.get(2).map_or("", String::as_str)
    }

    /// Who calls.
    pub fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.ok_or_else(Refusal::unknown_token)
    }

    /// The one object that the body wraps.
    pub fn body(&self, name: &str) -> Result<Fields, Refusal> {
        Fields::wrapped(self.request, name, self.dialect)
    }

    /// An answer of version 3 with one object: `{"listener": {…}, "request_id": "…"}`.
    pub fn one(&self, status: u16, name: &str, view: Value) -> Answer {
        let mut body = json!({ "request_id": self.request_id });
        body[name] = view;
        Ok(Reply::json(status, body))
    }

    /// An answer of version 3 with a page: `{"listeners": […], "page_info": {…}, "request_id": "…"}`.
    pub fn many(&self, name: &str, filters: &Filters, rows: Vec<Row>) -> Answer {
        let page = list::page(self.request, filters, rows, self.dialect)?;
        let info = page.info(self.world.settings.next_marker_always);
        Ok(Reply::json(200, json!({ name: page.items, "page_info": info, "request_id": self.request_id })))
    }

    /// Refuses every query key: for calls that know none.
    pub fn no_query(&self) -> Result<(), Refusal> {
        match self.request.pairs.first() {
            Some((key, _)) => Err(self.dialect.bad(key)),
            None => Ok(()),
        }
    }
}
