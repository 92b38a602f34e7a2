// PouchDB against express-pouchdb, both on LevelDB, behind the bench's contract: see ../README.md.
//
//   node pouchdb.cjs serve DIR
//   node pouchdb.cjs client DIR HOST:PORT
'use strict';
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync } = require('node:fs');
const { Agent } = require('node:http');
const { join, resolve } = require('node:path');
const { createInterface } = require('node:readline');
const PouchDB = require('pouchdb');

const DATABASE = 'reports';

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const version = (name) => require(`${name}/package.json`).version;

async function serve(directory) {
    // express-pouchdb writes its log into the current directory.
    process.chdir(directory);
    const Stored = PouchDB.defaults({ prefix: `${directory}/` });
    const app = require('express')();
    app.use('/', require('express-pouchdb')(Stored, { mode: 'minimumForPouchDB', inMemoryConfig: true }));
    // A server that an operator set up has its database, so that clients need not ask for it. express-pouchdb finds only databases made after it began.
    await new Stored(DATABASE).info();
    const listening = app.listen(0, '127.0.0.1', () => {
        const versions = { pouchdb: version('pouchdb'), 'express-pouchdb': version('express-pouchdb'), leveldown: version('leveldown'), node: process.versions.node };
        say({ port: listening.address().port, versions });
    });
    process.stdin.on('close', () => process.exit(0)).resume();
}

class Client {
    loaded = [];

    constructor(directory, address) {
        this.local = new PouchDB(join(directory, 'local'));
        // Connections are kept, as a browser or a phone does it; PouchDB in Node closes each after one request.
        const agent = new Agent({ keepAlive: true });
        const fetch = (url, options) => PouchDB.fetch(url, { ...options, agent });
        this.remote = new PouchDB(`http://${address}/${DATABASE}`, { skip_setup: true, fetch });
    }

    async load({ file }) {
        this.loaded = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
        if (!this.loaded.every((report) => typeof report.id === 'string')) throw new Error('a report without an id');
        return { count: this.loaded.length };
    }

    // One write a report: each is stored when the officer is told so.
    async save(range) {
        for (const report of this.range(range)) await this.local.put(document(report));
        return {};
    }

    // Replication knows no range: it sends all that was saved and is not yet there.
    async push(range) {
        for (const report of this.range(range)) await this.local.get(report.id);
        const { docs_written } = complete(await this.local.replicate.to(this.remote));
        return { sent: docs_written };
    }

    async edit({ field, value, ...range }) {
        for (const { id } of this.range(range)) await this.local.put({ ...(await this.local.get(id)), [field]: value });
        return this.push(range);
    }

    async pull({ count, digest }) {
        complete(await this.local.replicate.from(this.remote));
        const { rows } = await this.local.allDocs({ include_docs: true });
        if (rows.length !== count) throw new Error(`${rows.length} of ${count} reports came`);
        const found = digestOf(rows.map(({ doc }) => report(doc)));
        if (found !== digest) throw new Error(`${count} reports came, but not as they were sent: digest ${found}`);
        return {};
    }

    async idle() {
        const { pull, push } = await this.local.sync(this.remote);
        return { received: complete(pull).docs_written, sent: complete(push).docs_written };
    }

    range({ from, count }) {
        if (from + count > this.loaded.length) throw new Error(`only ${this.loaded.length} reports are loaded`);
        return this.loaded.slice(from, from + count);
    }
}

// Replication can end without having done everything; only this says that it has.
function complete(result) {
    if (!result.ok || result.doc_write_failures !== 0 || result.errors.length !== 0) throw new Error(`replication: ${JSON.stringify(result)}`);
    return result;
}

// A report's id is its document's: it is not sent twice.
const document = ({ id, ...fields }) => ({ _id: id, ...fields });
const report = ({ _id, _rev, ...fields }) => ({ id: _id, ...fields });

// SHA-256, in hex, over the reports in ascending order of id, each as JSON with sorted keys and without spaces.
function digestOf(reports) {
    const hash = createHash('sha256');
    for (const report of reports.sort((one, other) => (one.id < other.id ? -1 : 1))) hash.update(canonical(report));
    return hash.digest('hex');
}

function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

async function answerCommands(client) {
    for await (const line of createInterface({ input: process.stdin })) {
        try {
            const { do: name, ...fields } = JSON.parse(line);
            if (name === 'quit') {
                say({ ok: true });
                break;
            }
            if (!['load', 'save', 'push', 'edit', 'pull', 'idle'].includes(name)) throw new Error(`no command ${name}`);
            say({ ok: true, ...(await client[name](fields)) });
        } catch (error) {
            say({ ok: false, error: String(error.message ?? error.reason ?? JSON.stringify(error)) });
        }
    }
    await client.local.close();
    process.exit(0);
}

const [mode, directory, address] = process.argv.slice(2);
if (directory === undefined || (mode === 'client') !== (address !== undefined) || !['serve', 'client'].includes(mode)) {
    console.error('node pouchdb.cjs serve DIR\nnode pouchdb.cjs client DIR HOST:PORT');
    process.exit(2);
}
mkdirSync(directory, { recursive: true });
if (mode === 'serve') serve(resolve(directory));
else answerCommands(new Client(directory, address));
