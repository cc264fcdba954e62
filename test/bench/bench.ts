import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Entry } from '../../ledger/entry';
import type { KeyField } from '../../ledger/key';
import { deriveIdentity } from '../../ledger/key';
import { Ledger } from '../../ledger/ledger';
import { fingerprintOf } from '../../ledger/request';
import { SqliteStore } from '../../ledger/stores/sqlite';
import { systemTime } from '../../ledger/time';
import type { ClaimRequest } from '../../ledger/transitions';

/**
 * What the ledger costs above what it stands on: the bare statements of SQLite, and the bare hash. Rounds of the two take
 * turns, so that a busy machine burdens both; what is printed is the median of the rounds.
 */
const ROUNDS = 9;

const SCOPE = { mode: 'live', account: 'acct_1Nf00SAMPLE' } as const;
const RETENTION_MS = 90 * 86_400_000;

const fieldsOf = (order: number): KeyField[] => [
	{ name: 'order', value: `A-${order}`, treatAs: 'text' },
	{ name: 'customer', value: 'cus_NffrFeUfNV2Hib', treatAs: 'text' },
	{ name: 'amount', value: 19.99, treatAs: 'number' },
];

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('base64url');

let orders = 0;

function newClaim(): ClaimRequest {
	const request = {
		method: 'POST',
		path: '/v1/payment_intents',
		params: { amount: '1999', currency: 'usd', customer: 'cus_NffrFeUfNV2Hib', confirm: 'true' },
	} as const;
	return {
		...SCOPE,
		...deriveIdentity(SCOPE, 'paymentIntent.create', fieldsOf(++orders)),
		operation: 'paymentIntent.create',
		fingerprint: fingerprintOf(request),
		request,
		paramsStored: true,
		holder: `bench ${orders}`,
		leaseMs: 300_000,
		retentionMs: RETENTION_MS,
		afterRejection: 'returnStored',
		origin: { workflowId: 'w', workflowName: 'Bench', executionId: '1', nodeName: 'Stripe' },
	};
}

const ANSWER = {
	outcomes: [
		{ kind: 'succeeded', statusCode: 200, requestId: 'req_1', objectId: 'pi_1', body: { id: 'pi_1' } },
	],
	sends: 1,
} as const;

/** One claim and its settle, by way of the ledger. @returns the two rows that were written */
async function throughLedger(ledger: Ledger, asked = newClaim()): Promise<[Entry, Entry]> {
	const decision = await ledger.claim(asked, 0);
	if (decision.kind !== 'granted') throw new Error('A first claim is granted');
	const { entry } = await ledger.settle(decision.grant, ANSWER, RETENTION_MS);
	return [decision.grant.entry, entry];
}

/** The same two writes as bare statements, of rows as long as the ledger's. */
function bareStatements(path: string, synchronous: string) {
	const database = new DatabaseSync(path);
	database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
	const insert = database.prepare(
		`INSERT INTO entries (entry_id, version, state, expires_at, row) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (entry_id) DO NOTHING`,
	);
	const update = database.prepare(
		'UPDATE entries SET version = ?, state = ?, expires_at = ?, row = ? WHERE entry_id = ? AND version = ?',
	);
	return (entryId: string, [claimed, settled]: readonly [string, string]) => {
		const expiresAt = Date.now() + RETENTION_MS;
		const inserted = insert.run(entryId, 1, 'in_flight', expiresAt, claimed);
		const updated = update.run(2, 'succeeded', expiresAt, settled, entryId, 1);
		if (inserted.changes !== 1 || updated.changes !== 1) throw new Error('It was not written');
	};
}

interface Measured {
	name: string;
	unit: 'µs' | 'ns';
	ours: number;
	bare: number;
}

function print({ name, unit, ours, bare }: Measured): void {
	const figure = (value: number) => `${value.toFixed(1)} ${unit}`.padStart(12);
	const ratio = (ours / bare).toFixed(2);
	console.log(`${name.padEnd(44)} ours ${figure(ours)}   bare ${figure(bare)}   ratio ${ratio}`);
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** ms that one of `times` calls takes. */
async function timed(times: number, act: (n: number) => unknown): Promise<number> {
	const began = performance.now();
	for (let n = 0; n < times; n++) await act(n);
	return (performance.now() - began) / times;
}

async function claimAndSettle(folder: string, synchronous: 'FULL' | 'OFF', times: number): Promise<Measured> {
	const store = SqliteStore.open(join(folder, `ledger-${synchronous}.sqlite`));
	const { database } = store as unknown as { database: DatabaseSync };
	database.exec(`PRAGMA synchronous = ${synchronous}`);
	const ledger = new Ledger(store, systemTime);
	// A file of the same kind: made by the same migration.
	const barePath = join(folder, `bare-${synchronous}.sqlite`);
	SqliteStore.open(barePath).close();
	const bare = bareStatements(barePath, synchronous);
	const rows = (await throughLedger(ledger)).map((row) => JSON.stringify(row)) as [string, string];

	const [ours, theirs]: [number[], number[]] = [[], []];
	for (let round = -1; round < ROUNDS; round++) {
		// Ids as scattered as the ledger's, so that both write to as many pages.
		const ids = Array.from({ length: times }, (_, n) => `v1_${sha256(`${round} ${n}`)}`);
		const asked = ids.map(() => newClaim());
		const one = await timed(times, (n) => throughLedger(ledger, asked[n]));
		const other = await timed(times, (n) => bare(ids[n] ?? '', rows));
		// The first round only warms up.
		if (round < 0) continue;
		ours.push(one * 1_000);
		theirs.push(other * 1_000);
	}
	store.close();
	const name = `claim + settle, ${synchronous === 'FULL' ? 'written through to the disk' : 'without waiting for the disk'}`;
	return { name, unit: 'µs', ours: median(ours), bare: median(theirs) };
}

async function keyDerivation(times: number): Promise<Measured> {
	const canonical = JSON.stringify([
		...['v1', SCOPE.mode, SCOPE.account, 'paymentIntent.create'],
		deriveIdentity(SCOPE, 'paymentIntent.create', fieldsOf(1)).fields,
	]);
	const [ours, theirs]: [number[], number[]] = [[], []];
	const fields = fieldsOf(1);
	const time = (act: () => unknown) => {
		const began = performance.now();
		for (let n = 0; n < times; n++) act();
		return ((performance.now() - began) / times) * 1e6;
	};
	for (let round = -1; round < ROUNDS; round++) {
		const one = time(() => deriveIdentity(SCOPE, 'paymentIntent.create', fields));
		const other = time(() => sha256(canonical));
		if (round < 0) continue;
		ours.push(one);
		theirs.push(other);
	}
	return {
		name: 'key of 3 fields, against SHA-256 alone',
		unit: 'ns',
		ours: median(ours),
		bare: median(theirs),
	};
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
	try {
		print(await claimAndSettle(folder, 'FULL', 100));
		print(await claimAndSettle(folder, 'OFF', 1_000));
		print(await keyDerivation(20_000));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

void main();
