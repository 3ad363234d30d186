// Who starts when: an async function, or a promise.
const events = [];

async function work() {
  events.push("begins");
  return 42;
}

async function main(kind) {
  events.push("call");
  const called =
    kind === "function"
      ? work()
      : new Promise((resolve) => {
          events.push("begins");
          resolve(42);
        });
  events.push("returns");
  await null; // Everybody else gets a turn.
  events.push("awaits");
  const value = await called;
  events.push("value");
  console.log(`result=${value} events=${events.join()}`);
}

main(process.argv[2]);
