// What this device keeps: drafts, answers not yet stored by the server, and copies of refused ones (IndexedDB).

const STORES = { drafts: "key", unsent: "n", kept: "n" };

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function openDatabase(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries(STORES)) request.result.createObjectStore(store, { keyPath });
  };
  return done(request);
}

// A private window may refuse the database: then the tab's memory has to do, and `lasts` says so.
class MemoryTable {
  constructor(keyPath) {
    this.keyPath = keyPath;
    this.rows = new Map();
  }

  async put(row) { this.rows.set(row[this.keyPath], structuredClone(row)); }
  async get(key) { return this.rows.get(key); }
  async delete(key) { this.rows.delete(key); }
  async all() { return [...this.rows.values()]; }
}

class Table {
  constructor(database, name) {
    this.database = database;
    this.name = name;
  }

  // Resolves when the transaction is complete, not when the request is: only then is the row kept.
  put(row) { return this.write((store) => store.put(row)); }
  delete(key) { return this.write((store) => store.delete(key)); }
  get(key) { return done(this.database.transaction(this.name).objectStore(this.name).get(key)); }
  all() { return done(this.database.transaction(this.name).objectStore(this.name).getAll()); }

  write(act) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(this.name, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      act(transaction.objectStore(this.name));
    });
  }
}

/**
 * @param {string} owner whose work it is, so that two workers of one device do not mix
 * @returns {Promise<{drafts: Table, unsent: Table, kept: Table, lasts: boolean}>}
 */
export async function openStore(owner) {
  try {
    const database = await openDatabase(`groundtruth-work-${owner}`);
    const tables = Object.keys(STORES).map((name) => [name, new Table(database, name)]);
    return { ...Object.fromEntries(tables), lasts: true };
  } catch (error) {
    console.warn(`this browser keeps nothing on the device: ${error}`);
    const tables = Object.entries(STORES).map(([name, keyPath]) => [name, new MemoryTable(keyPath)]);
    return { ...Object.fromEntries(tables), lasts: false };
  }
}
