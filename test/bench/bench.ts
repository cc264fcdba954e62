import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { deriveIdentity } from '../../ledger/identity/key';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { systemTime } from '../../ledger/clock';
import { toKeyFields, newClaim, SCOPE, sha256, throughLedger } from './claims';
import { median, timed } from './figures';
import { bareSqlite } from './bare';

/**
 * What the ledger costs above what it stands on: the bare statements of SQLite, and the bare hash. Rounds of the two take
 * turns, so that a busy machine burdens both; what is printed is the median of the rounds.
 */
const ROUNDS = 9;

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

async function claimAndSettle(folder: string, times: number): Promise<Measured> {
	const store = SqliteStore.open(join(folder, 'ledger.sqlite'));
	const ledger = new Ledger(store, systemTime);
	// A file of the same kind: made by the same migration.
	const barePath = join(folder, 'bare.sqlite');
	const made = SqliteStore.open(barePath);
	await made.find([]);
	await made.close();
	const bare = bareSqlite(barePath);
	const rows = (await throughLedger(ledger)).map((row) => JSON.stringify(row)) as [string, string];

	const [ours, theirs]: [number[], number[]] = [[], []];
	for (let round = -1; round < ROUNDS; round++) {
		// Ids as scattered as the ledger's, so that both write to as many pages.
		const ids = Array.from({ length: times }, (_, n) => `v1_${sha256(`${round} ${n}`)}`);
		const requests = ids.map(() => newClaim());
		const one = await timed(times, (n) => throughLedger(ledger, requests[n]));
		const other = await timed(times, (n) => bare(ids[n] ?? '', rows));
		// The first round only warms up.
		if (round < 0) continue;
		ours.push(one * 1_000);
		theirs.push(other * 1_000);
	}
	await store.close();
	return {
		name: 'claim + settle, one after the other',
		unit: 'µs',
		ours: median(ours),
		bare: median(theirs),
	};
}

async function keyDerivation(times: number): Promise<Measured> {
	const canonical = JSON.stringify([
		...['v1', SCOPE.mode, SCOPE.account, 'paymentIntent.create'],
		deriveIdentity(SCOPE, 'paymentIntent.create', toKeyFields(1)).fields,
	]);
	const [ours, theirs]: [number[], number[]] = [[], []];
	const fields = toKeyFields(1);
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
		print(await claimAndSettle(folder, 100));
		print(await keyDerivation(20_000));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

void main();
