//! The arm of tantivy.

use std::thread::available_parallelism;
use std::time::Instant;

use ::tantivy::collector::{Count, TopDocs};
use ::tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use ::tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing,
    TextOptions,
};
use ::tantivy::{Index, IndexWriter, TantivyDocument, Term, doc};
use bytes::Bytes;
use rayon::prelude::*;

use super::{BEST, Times};
use crate::ours::rule;

pub(super) fn run(
    pages: &[(String, Bytes)],
    queries: &[String],
) -> ::tantivy::Result<(usize, Times)> {
    let start = Instant::now();
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = TextOptions::default().set_indexing_options(words).set_stored();
    let (url, text) = (
        schema.add_text_field("url", STRING | STORED),
        schema.add_text_field("text", text),
    );
    let index = Index::create_in_ram(schema.build());
    let threads = available_parallelism().map_or(1, usize::from);
    let mut writer: IndexWriter =
        index.writer_with_num_threads(threads, threads * (64 << 20))?;
    pages.par_iter().try_for_each(|(path, page)| {
        writer
            .add_document(doc!(url => path.as_str(), text => rule::words(page)))
            .map(drop)
    })?;
    writer.commit()?;
    let searcher = index.reader()?.searcher();
    let (indexing, start) = (start.elapsed(), Instant::now());
    let ask = |query: &String| -> ::tantivy::Result<usize> {
        let query = BooleanQuery::new(
            query.split(' ').map(|word| required(text, word)).collect(),
        );
        let best = TopDocs::with_limit(BEST).order_by_score();
        let (total, best) = searcher.search(&query, &(Count, best))?;
        for (_, address) in best {
            let _: TantivyDocument = searcher.doc(address)?;
        }
        Ok(total)
    };
    let total =
        queries.par_iter().map(ask).sum::<::tantivy::Result<usize>>()?;
    Ok((total, [indexing, start.elapsed()]))
}

fn required(field: Field, word: &str) -> (Occur, Box<dyn Query>) {
    let term = TermQuery::new(
        Term::from_field_text(field, word),
        IndexRecordOption::WithFreqs,
    );
    (Occur::Must, Box::new(term))
}
