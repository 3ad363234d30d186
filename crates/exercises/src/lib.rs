//! What tests of several exercises need. It is built once, with the dependencies of all exercises.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A waker that calls `cloned` whenever it is cloned, and `woken` whenever it is woken.
///
/// What a future does between looking and keeping its waker is seen by nobody; but it clones the
/// waker there. So `cloned` can let the news come at exactly that moment.
pub fn hooked(
    cloned: impl Fn() + Send + Sync + 'static,
    woken: impl Fn() + Send + Sync + 'static,
) -> Waker {
    waker(Arc::new(Hooks { cloned: Box::new(cloned), woken: Box::new(woken) }))
}

struct Hooks {
    cloned: Box<dyn Fn() + Send + Sync>,
    woken: Box<dyn Fn() + Send + Sync>,
}

fn waker(hooks: Arc<Hooks>) -> Waker {
    let data = Arc::into_raw(hooks).cast::<()>();
    #[expect(unsafe_code, reason = "a waker whose clone is heard needs a table of its own")]
    // SAFETY: `data` is from `Arc::into_raw`, and each function treats it as one owner of it.
    unsafe {
        Waker::from_raw(RawWaker::new(data, &TABLE))
    }
}

#[expect(unsafe_code, reason = "each function gets what `Arc::into_raw` returned")]
static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: the waker that is cloned is an owner, and stays one.
        let hooks = unsafe {
            Arc::increment_strong_count(data.cast::<Hooks>());
            Arc::from_raw(data.cast::<Hooks>())
        };
        (hooks.cloned)();
        RawWaker::new(Arc::into_raw(hooks).cast(), &TABLE)
    },
    // SAFETY: whoever wakes by value is an owner, and is one no more.
    |data| unsafe { (Arc::from_raw(data.cast::<Hooks>()).woken)() },
    // SAFETY: the waker is an owner as long as it is borrowed.
    |data| unsafe { ((*data.cast::<Hooks>()).woken)() },
    // SAFETY: whoever is dropped is an owner, and is one no more.
    |data| unsafe { drop(Arc::from_raw(data.cast::<Hooks>())) },
);

/// Runs `work` on this thread, which is stopped every few microseconds, wherever it is. Each time
/// another thread does what is to be done `meanwhile`; then this one goes on. On Linux only:
/// elsewhere the other thread does it again and again, without a stop.
///
/// Between two instructions nothing is called that a test could get hold of, and a gap of a few
/// nanoseconds is met by another thread once in a million times. A thread that is stopped there
/// leaves it open for as long as the other needs, also on one core, and on a busy machine.
///
/// `meanwhile` must not wait for `work`, nor for a lock that it may hold. One at a time in a program.
/// After two seconds there are no stops anymore.
pub fn stopped_anywhere<T>(work: impl FnOnce() -> T, mut meanwhile: impl FnMut() + Send) -> T {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            while !over.load(Ordering::Acquire) {
                stops::while_stopped(&mut meanwhile);
                if begun.elapsed() > STOPPING {
                    stops::no_more();
                }
            }
        });
        // Also if the work panics, the other thread ends before this one.
        let _end = End(&over);
        let _stops = stops::Stops::begin();
        work()
    })
}

/// For how long a thread is stopped again and again: on a busy machine each stop takes its time.
const STOPPING: Duration = Duration::from_secs(2);

/// Says in the end that it is over.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
        stops::wake();
    }
}

/// A timer whose signal stops the thread that has set it.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only the system can stop a thread at any place")]
mod stops {
    use std::mem::zeroed;
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

    /// Ignored by whoever does not expect it.
    const SIGNAL: libc::c_int = libc::SIGURG;

    /// The longest stop, in nanoseconds, and how long to wait for one.
    const LONGEST: libc::c_long = 5_000_000;

    const RUNNING: u32 = 0;
    const STOPPED: u32 = 1;
    const DONE: u32 = 2;

    static STATE: AtomicU32 = AtomicU32::new(RUNNING);
    static ON: AtomicBool = AtomicBool::new(false);
    static TIMER: AtomicI32 = AtomicI32::new(0);
    static RANDOM: AtomicU32 = AtomicU32::new(1);

    /// Waits a moment for the thread to be stopped, and does what is to be done.
    pub(crate) fn while_stopped(work: &mut impl FnMut()) {
        wait(RUNNING);
        if STATE.load(Ordering::Acquire) == STOPPED {
            work();
            // If it has waited for too long, it has gone on.
            let _ = STATE.compare_exchange(STOPPED, DONE, Ordering::AcqRel, Ordering::Relaxed);
            wake();
        }
    }

    /// Ends the stops.
    pub(crate) fn no_more() {
        ON.store(false, Ordering::Release);
    }

    extern "C" fn stop(_: libc::c_int) {
        if !ON.load(Ordering::Acquire) {
            return;
        }
        // SAFETY: the thread's own error number, which stays as it was.
        let error = unsafe { *libc::__errno_location() };
        STATE.store(STOPPED, Ordering::Release);
        wake();
        wait(STOPPED);
        STATE.store(RUNNING, Ordering::Release);
        set_timer();
        // SAFETY: as before.
        unsafe { *libc::__errno_location() = error };
    }

    /// Waits until the state is another one, or for a moment. A handler may do this: it is one call
    /// of the system.
    fn wait(state: u32) {
        let limit = libc::timespec { tv_sec: 0, tv_nsec: LONGEST };
        let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
        // SAFETY: the system reads a number and a time that live.
        unsafe { libc::syscall(libc::SYS_futex, STATE.as_ptr(), operation, state, &limit) };
    }

    /// Wakes whoever waits for another state.
    pub(crate) fn wake() {
        let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
        // SAFETY: the address only names who waits.
        unsafe { libc::syscall(libc::SYS_futex, STATE.as_ptr(), operation, 1) };
    }

    /// Has the next stop come in some microseconds: never in step with the work.
    fn set_timer() {
        let random = RANDOM.load(Ordering::Relaxed);
        let random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        RANDOM.store(random, Ordering::Relaxed);
        // SAFETY: a time of nothing but numbers, which the system only reads.
        unsafe {
            let mut time: libc::itimerspec = zeroed();
            time.it_value.tv_nsec = libc::c_long::from((random >> 17) as u16) + 1_000;
            let timer = TIMER.load(Ordering::Relaxed);
            libc::syscall(libc::SYS_timer_settime, timer, 0, &time, null_mut::<libc::itimerspec>());
        }
    }

    /// Stops this thread until it is dropped.
    pub(crate) struct Stops;

    impl Stops {
        pub(crate) fn begin() -> Self {
            // SAFETY: the action is a handler as the system wants it, and no flags but that calls
            // begin again; the event names this thread. Both are only read.
            unsafe {
                let mut action: libc::sigaction = zeroed();
                action.sa_sigaction = stop as extern "C" fn(libc::c_int) as libc::sighandler_t;
                action.sa_flags = libc::SA_RESTART;
                libc::sigaction(SIGNAL, &action, null_mut());
                let mut event: libc::sigevent = zeroed();
                event.sigev_notify = libc::SIGEV_THREAD_ID;
                event.sigev_signo = SIGNAL;
                event.sigev_notify_thread_id = libc::gettid();
                let mut timer: libc::c_int = 0;
                let clock = libc::CLOCK_MONOTONIC;
                libc::syscall(libc::SYS_timer_create, clock, &mut event, &mut timer);
                TIMER.store(timer, Ordering::Relaxed);
            }
            ON.store(true, Ordering::Release);
            set_timer();
            Stops
        }
    }

    impl Drop for Stops {
        fn drop(&mut self) {
            ON.store(false, Ordering::Release);
            // SAFETY: the timer is this one's own. A signal that is on its way finds `ON` false.
            unsafe { libc::syscall(libc::SYS_timer_delete, TIMER.load(Ordering::Relaxed)) };
        }
    }
}

/// Without stops: what is to be done is done again and again.
#[cfg(not(target_os = "linux"))]
mod stops {
    pub(crate) fn while_stopped(work: &mut impl FnMut()) {
        work();
        std::thread::yield_now();
    }

    pub(crate) fn no_more() {}

    pub(crate) fn wake() {}

    pub(crate) struct Stops;

    impl Stops {
        pub(crate) fn begin() -> Self {
            Stops
        }
    }
}

/// How a thread has waited: see [`Effort`].
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// For how long it waited.
    pub long: Duration,
    /// For how long it was on a core meanwhile.
    pub computed: Duration,
    /// For how long it was on a core, or wanted one.
    pub awake: Duration,
    /// How often it fell asleep.
    pub naps: u64,
    /// How often it left its core and wanted one still: because its time was over, or it let others
    /// go first.
    pub pushed: u64,
    /// How often it was seen asleep with an alarm set: to wake up after some time, whatever comes.
    pub alarms: u64,
}

impl Rest {
    /// Whether the thread slept. Where the system does not say, it did.
    ///
    /// Who looks again and again is awake all the time, also if others come first: on a busy machine
    /// such a thread computes little, but it wants a core. Who sleeps wants one when it is woken, and
    /// may have to wait for that, too; hence a half. On a very busy machine it may not get any core
    /// before the wait is over. But then it has computed next to nothing, and was hardly ever pushed
    /// off a core.
    #[must_use]
    pub fn slept(&self) -> bool {
        let starved = self.computed < Duration::from_millis(1) && self.naps + self.pushed < 20;
        self.computed * 20 <= self.long && (starved || self.awake * 2 <= self.long)
    }

    /// Whether the thread slept, and only others could wake it. Where the system does not say, they
    /// could.
    ///
    /// Who sets an alarm gets up now and then to look. If that is rare enough, the other numbers do
    /// not show it.
    #[must_use]
    pub fn slept_on(&self) -> bool {
        self.slept() && self.alarms == 0
    }
}

/// What a thread has done so far, as the system counts it.
#[derive(Clone, Debug)]
pub struct Effort {
    /// What the system calls the thread.
    thread: String,
    at: Instant,
    counts: Option<(Duration, Duration, u64, u64)>,
    /// How often it has been seen asleep with an alarm set, since it was first asked. A thread looks
    /// for as long as somebody holds this.
    alarms: Arc<AtomicU64>,
    /// How often until now.
    alarmed: u64,
}

impl Effort {
    /// The effort of this thread. Its [`Rest`] can be asked for on another one.
    #[must_use]
    pub fn of_this_thread() -> Effort {
        let thread = std::fs::read_link("/proc/thread-self").unwrap_or_default();
        let thread = format!("/proc/{}", thread.display());
        let alarms = Arc::default();
        let (watched, seen) = (thread.clone(), Arc::downgrade(&alarms));
        thread::spawn(move || watch(&watched, &seen));
        Effort::of(thread, alarms)
    }

    fn of(thread: String, alarms: Arc<AtomicU64>) -> Effort {
        let counts = Effort::counts(&thread);
        let alarmed = alarms.load(Ordering::Relaxed);
        Effort { thread, at: Instant::now(), counts, alarms, alarmed }
    }

    /// The same thread's effort by now.
    #[must_use]
    pub fn now(&self) -> Effort {
        Effort::of(self.thread.clone(), Arc::clone(&self.alarms))
    }

    /// The same thread's effort when it has fallen asleep: it is found asleep, and has done nothing for
    /// a moment. Who does not fall asleep within a few seconds is taken as they are.
    ///
    /// From then on a thread that only news can wake does nothing at all, on any machine, until there is
    /// news. Before, it may fall asleep more often than anybody would think: a thread that begins needs
    /// memory, and waits for others that need some, too.
    #[must_use]
    pub fn asleep(&self) -> Effort {
        let begun = Instant::now();
        let mut before = self.now();
        loop {
            thread::sleep(Duration::from_millis(20));
            let after = self.now();
            let still = before.counts == after.counts && is_asleep(&self.thread);
            if still || begun.elapsed() > FALLING_ASLEEP {
                return after;
            }
            before = after;
        }
    }

    /// For how long the thread will sleep in a `Condvar` or in `park_timeout` if nobody wakes it. `None`
    /// if it sleeps without an end, or not there, or if the system does not say.
    #[must_use]
    pub fn nap(&self) -> Option<Duration> {
        nap(&self.thread)
    }

    /// How the thread has waited from then until now.
    #[must_use]
    pub fn rest(&self) -> Rest {
        self.rest_until(&self.now())
    }

    /// How the thread has waited from then until `later`.
    #[must_use]
    pub fn rest_until(&self, later: &Effort) -> Rest {
        let long = later.at.saturating_duration_since(self.at);
        let alarms = later.alarmed.saturating_sub(self.alarmed);
        let zero = Duration::ZERO;
        let none = Rest { long, computed: zero, awake: zero, naps: 0, pushed: 0, alarms };
        self.counts.zip(later.counts).map_or(none, |(before, after)| Rest {
            long,
            computed: after.0.saturating_sub(before.0),
            awake: after.1.saturating_sub(before.1),
            naps: after.2.saturating_sub(before.2),
            pushed: after.3.saturating_sub(before.3),
            alarms,
        })
    }

    /// How long it has been on a core, how long on one or ready for one, how often it slept, and how
    /// often it left its core otherwise.
    fn counts(thread: &str) -> Option<(Duration, Duration, u64, u64)> {
        let times = std::fs::read_to_string(format!("{thread}/schedstat")).ok()?;
        let mut times = times.split_ascii_whitespace().map_while(|time| time.parse().ok());
        let mut time = || times.next().map(Duration::from_nanos);
        let (computed, wanted) = (time()?, time()?);
        let status = std::fs::read_to_string(format!("{thread}/status")).ok()?;
        let count = |name: &str| {
            let number = status.lines().find_map(|line| line.strip_prefix(name))?;
            number.trim().parse::<u64>().ok()
        };
        let (naps, pushed) =
            (count("voluntary_ctxt_switches:")?, count("nonvoluntary_ctxt_switches:")?);
        Some((computed, computed + wanted, naps, pushed))
    }
}

/// For how long a thread may not have fallen asleep.
const FALLING_ASLEEP: Duration = Duration::from_secs(3);

/// Whether a thread is asleep and can be woken: not when it waits for memory. Where the system does not
/// say, it is.
fn is_asleep(thread: &str) -> bool {
    let status = std::fs::read_to_string(format!("{thread}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_none_or(|state| state.trim_start().starts_with('S'))
}

/// Looks at a thread every few milliseconds, until nobody wants to know anymore how often it was
/// asleep with an alarm set.
fn watch(thread: &str, seen: &Weak<AtomicU64>) {
    while let Some(seen) = seen.upgrade() {
        if std::fs::read_to_string(format!("{thread}/syscall")).is_ok_and(|call| has_alarm(&call)) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
        drop(seen);
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a thread sleeps for some time at most. `call` has the number of the system's call that it
/// is in, and that call's arguments in hexadecimal digits: `202 0x7f… 0x189 0x0 0x0 …`.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn has_alarm(call: &str) -> bool {
    let mut words = call.split_ascii_whitespace();
    let number: Option<libc::c_long> = words.next().and_then(|number| number.parse().ok());
    let argument = |nth| {
        let digits = words.clone().nth(nth)?.strip_prefix("0x")?;
        u64::from_str_radix(digits, 16).ok()
    };
    match number {
        Some(libc::SYS_nanosleep | libc::SYS_clock_nanosleep) => true,
        // `Mutex`, `Condvar`, `park` and channels wait with it; its fourth argument is the limit.
        Some(libc::SYS_futex) => argument(3).is_some_and(|limit| limit != 0),
        _ => false,
    }
}

/// The system does not say.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn has_alarm(_: &str) -> bool {
    false
}

/// The end of a futex's wait stands where its fourth argument says, as seconds and nanoseconds of the
/// clock that never goes back.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn nap(thread: &str) -> Option<Duration> {
    use std::os::unix::fs::FileExt;

    let look = || std::fs::read_to_string(format!("{thread}/syscall")).ok();
    let call = look()?;
    let (number, arguments) = call.split_once(' ')?;
    let hexadecimal = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    let arguments: Vec<u64> = arguments.split(' ').map_while(hexadecimal).collect();
    let &[_, operation, _, limit, ..] = &arguments[..] else { return None };
    let until = operation & 0x7f == u64::from(libc::FUTEX_WAIT_BITSET.unsigned_abs());
    if number.parse() != Ok(libc::SYS_futex) || limit == 0 || !until {
        return None;
    }
    let mut time = [[0; 8]; 2];
    let memory = std::fs::File::open("/proc/self/mem").ok()?;
    memory.read_exact_at(time.as_flattened_mut(), limit).ok()?;
    // If it has been somewhere else meanwhile, that was anything.
    if look()? != call {
        return None;
    }
    let [seconds, nanos] = time.map(u64::from_ne_bytes);
    // SAFETY: the system writes the time into a place for it.
    #[expect(unsafe_code, reason = "the standard library does not tell this clock's time")]
    let now = unsafe {
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).ok()?)
    };
    Some(Duration::new(seconds, u32::try_from(nanos).ok()?).saturating_sub(now))
}

/// The system does not say.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn nap(_: &str) -> Option<Duration> {
    None
}

/// The system's allocator, which lets two threads meet: see [`meet_at_an_allocation`]. A test
/// program makes it its own with `#[global_allocator]`.
///
/// Between reading a list and writing it back nothing is called that a test could get hold of. But
/// a list that grows takes memory there.
pub struct Meeting;

thread_local! {
    static MEETS: Cell<Option<(&'static AtomicUsize, u32)>> = const { Cell::new(None) };
}

/// Has this thread's `nth` allocation from now on, counted from 1, wait until another thread is at
/// such a one as well: both count themselves in `here`. It waits for a moment only, for the other may
/// be kept from it.
pub fn meet_at_an_allocation(here: &'static AtomicUsize, nth: u32) {
    MEETS.set(Some((here, nth)));
}

fn meet() {
    let Some((here, nth)) = MEETS.try_with(Cell::take).ok().flatten() else { return };
    if nth > 1 {
        MEETS.set(Some((here, nth - 1)));
    } else {
        here.fetch_add(1, Ordering::AcqRel);
        let begun = Instant::now();
        while here.load(Ordering::Acquire) < 2 && begun.elapsed() < Duration::from_millis(400) {
            thread::yield_now();
        }
    }
}

#[expect(unsafe_code, reason = "an allocator is unsafe to write; this one hands all on")]
// SAFETY: each call is the system allocator's, with the arguments as they came.
unsafe impl GlobalAlloc for Meeting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        meet();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        meet();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}
