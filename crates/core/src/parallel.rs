//! Works through a long list on all cores; the result is that of one.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What one thread takes at a time.
const BLOCK: usize = 256;
/// A shorter list is done before a second thread would have begun.
const WORTH_A_THREAD: usize = 4 * BLOCK;

/// Gives blocks of `items` to `work` on as many threads as there are cores. `start` makes what a thread keeps from one of
/// its blocks to the next, and `finish` what comes of it: a result for each of its blocks, in their order. They are
/// returned in the order of the items.
pub fn by_blocks<T: Sync, S, R: Send>(
    items: &[T],
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &[T]) + Sync,
    finish: impl Fn(S) -> Vec<R> + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut kept = start();
        let mut blocks = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(block) = items.chunks(BLOCK).nth(at) else {
                return blocks.into_iter().zip(finish(kept)).collect::<Vec<_>>();
            };
            blocks.push(at);
            work(&mut kept, block);
        }
    };
    // To ask for the number of cores is to read files: a short list does not.
    let threads = match items.len() / WORTH_A_THREAD {
        0 | 1 => 1,
        worth => thread::available_parallelism().map_or(1, |cores| cores.get().min(worth)),
    };
    let mut done = thread::scope(|scope| {
        // A thread that cannot be had leaves its part to the others.
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, take).ok())
            .collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_number_of_threads() {
        for count in [0, 1, BLOCK, BLOCK + 1, 8 * WORTH_A_THREAD + 3] {
            let items: Vec<usize> = (0..count).collect();
            let blocks = by_blocks(
                &items,
                Vec::new,
                |kept, block| kept.push(block.to_vec()),
                |kept| kept,
            );
            assert_eq!(blocks.concat(), items);
        }
    }
}
