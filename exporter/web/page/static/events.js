/** Reads server-sent events out of chunks of text: pure, keeps only the line that is not whole yet. */

/** @typedef {{event: string, data: string, retry: number | null}} Message */

/** @returns {(chunk: string) => Message[]} takes chunks as they come, gives what they completed */
export function reader() {
  let rest = "";
  let open = blank();
  return (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    const done = [];
    for (const line of lines) {
      if (line !== "") {
        take(open, line);
        continue;
      }
      if (open.data !== "" || open.retry !== null) done.push(open);
      open = blank();
    }
    return done;
  };
}

function blank() {
  return { event: "message", data: "", retry: null };
}

/** A comment, which is only a heartbeat, begins with a colon: its field has no name. */
function take(message, line) {
  const colon = line.indexOf(":");
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (field === "event") message.event = value;
  if (field === "data") message.data += message.data ? `\n${value}` : value;
  if (field === "retry" && /^\d+$/.test(value)) message.retry = Number(value);
}
