// What waits to be sent, in the browser's own database: it outlives the page, the browser and the battery.

/** A form that was sent where there was no line. */
export interface Waiting {
  /** The idempotency key: sent again, it counts once. */
  key: string;
  /** Whose it is; another person signed in here does not send it. */
  who: string;
  /** Where the form is sent. */
  action: string;
  /** What it is, in the words of the page it stood on. */
  title: string;
  /** When it was sent, milliseconds since 1970. */
  at: number;
  fields: [string, string | File][];
  /** Why the server did not take it; empty while it waits. */
  refused: string;
  /** The page with the form, to do it again. */
  page: string;
}

const STORE = "waiting";

function open(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open("yuandu", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((done, failed) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      // Done means written, not only asked for.
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = () => failed(transaction.error);
      transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Everything that waits, oldest first. */
export async function waiting(): Promise<Waiting[]> {
  const all = (await run("readonly", (store) => store.getAll())) as Waiting[];
  return all.sort((one, other) => one.at - other.at);
}

export async function put(item: Waiting): Promise<void> {
  await run("readwrite", (store) => store.put(item));
}

export async function remove(key: string): Promise<void> {
  await run("readwrite", (store) => store.delete(key));
}
