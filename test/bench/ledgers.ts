/**
 * What each ledger costs: `npm run bench:ledger [-- localFile postgres redis staticData] [--entries 1000,100000]`.
 * Rounds of what is compared take turns, so that a busy machine burdens both sides; ratios are medians of the rounds.
 */
import { parseArgs } from 'node:util';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { purge } from '../../ledger/maintenance/purge';
import type { Store } from '../../ledger/store';
import { systemTime } from '../../ledger/clock';
import { newClaim, RETENTION_MS, sha256, throughLedger } from './claims';
import { median, quantile, timed } from './figures';
import type { Rival } from './rivals';
import { rivals } from './rivals';

const ROUNDS = 9;
const DAY_MS = 86_400_000;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: { entries: { type: 'string', default: '1000,100000,1000000' } },
});
const SIZES = options.entries.split(',').map(Number);

async function main(): Promise<void> {
	for (const rival of await rivals(positionals)) {
		console.log(`\n== ${rival.name} ==`);
		try {
			for (const workers of [1, 8, 32]) await throughput(rival, workers);
			if (rival.isLarge) await manyEntries(rival);
		} finally {
			await rival.end();
		}
	}
}

/** Claim and settle per second, beside the same writes done barely. */
async function throughput(rival: Rival, workers: number): Promise<void> {
	const ledger = new Ledger(await rival.store(`ours_${workers}`), systemTime);
	const bare = await rival.bare?.(`bare_${workers}`);
	const rows = (await throughLedger(ledger)).map((row) => JSON.stringify(row)) as [string, string];
	const times = 250 * Math.min(workers, 8);
	const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
	for (let round = -2; round < ROUNDS; round++) {
		const asked = Array.from({ length: times }, newClaim);
		const ids = asked.map((_, n) => `v1_${sha256(`${workers} ${round} ${n}`)}`);
		const one = await timed(times, (n) => throughLedger(ledger, asked[n]), workers);
		const other = bare ? await timed(times, (n) => bare(ids[n] ?? '', rows), workers) : Number.NaN;
		// The first rounds only warm up.
		if (round < 0) continue;
		ours.push(1_000 / one);
		theirs.push(1_000 / other);
		ratios.push(other / one);
	}
	const perSecond = (values: number[]) => `${median(values).toFixed(0)}/s`.padStart(9);
	console.log(
		`claim + settle, ${String(workers).padStart(2)} workers: ours ${perSecond(ours)}` +
			(bare
				? `   bare ${perSecond(theirs)}   ratio ${median(ratios).toFixed(2)}`
				: '   nothing to compare it with'),
	);
}

/** The latency of a claim among few and many entries, and while old entries are forgotten. */
async function manyEntries(rival: Rival): Promise<void> {
	const ledgers: { size: number; store: Store; ledger: Ledger; ms: number[] }[] = [];
	for (const size of SIZES) {
		const store = await rival.store(`full_${size}`);
		const began = performance.now();
		await fill(store, size);
		const seconds = ((performance.now() - began) / 1_000).toFixed(0);
		if (size >= 100_000) console.log(`  (${size} entries written in ${seconds} s)`);
		ledgers.push({ size, store, ledger: new Ledger(store, systemTime), ms: [] });
	}
	for (let round = -1; round < ROUNDS; round++) {
		for (const { ledger, ms } of ledgers) {
			for (const asked of Array.from({ length: 200 }, newClaim)) {
				const one = await timed(1, () => ledger.claim(asked, 0));
				if (round >= 0) ms.push(one);
			}
		}
	}
	const least = median(ledgers[0]?.ms ?? []);
	for (const { size, ms } of ledgers) {
		console.log(
			`claim among ${String(size).padStart(9)} entries: median ${median(ms).toFixed(3)} ms, ` +
				`p99 ${quantile(ms, 0.99).toFixed(3)} ms, ratio to the smallest ${(median(ms) / least).toFixed(2)}`,
		);
	}
	const largest = ledgers.at(-1);
	if (largest) await purging(largest.store);
}

/** Claims while 90-day-old entries are forgotten beside them, and with nothing to forget. */
async function purging(store: Store): Promise<void> {
	await fill(store, 20_000, -DAY_MS);
	const inRestMs = {
		now: () => systemTime.now() - 2 * DAY_MS,
		monotonic: () => systemTime.monotonic(),
		sleep: systemTime.sleep,
		random: systemTime.random,
	};
	const resting = new Ledger(store, inRestMs);
	const busy = new Ledger(store, systemTime);
	const [quiet, meanwhile, holds]: [number[], number[], number[]] = [[], [], []];
	for (let n = 0; n < 1_500; n++) {
		const asked = [newClaim(), newClaim()] as const;
		const slot = n % 2 ? ([quiet, resting] as const) : ([meanwhile, busy] as const);
		// Two at once: the second comes while the first one's purge is under way.
		const began = performance.now();
		await Promise.all(asked.map((one) => slot[1].claim(one, 0)));
		slot[0].push((performance.now() - began) / 2);
		await slot[1].waitUntilIdle();
		holds.push(await timed(1, () => purge(store, systemTime.now(), 5)));
	}
	const formatTimes = (ms: number[]) =>
		`median ${median(ms).toFixed(3)} ms, p99 ${quantile(ms, 0.99).toFixed(3)} ms, most ${Math.max(...ms).toFixed(3)} ms`;
	console.log(`claims with nothing to forget:  ${formatTimes(quiet)}`);
	console.log(`claims while old ones go:       ${formatTimes(meanwhile)}`);
	console.log(`one purge of 5 entries, alone:  ${formatTimes(holds)}`);
}

/** Entries as they stand in life: nearly all of them done, some rejected, few unknown. @param expiry ms from now */
async function fill(store: Store, size: number, expiry = RETENTION_MS): Promise<void> {
	const [, settledEntry] = await throughLedger(new Ledger(store, systemTime));
	if (settledEntry.state !== 'succeeded') throw new Error('It did not settle');
	for (let from = 0; from < size; from += 1_000) {
		const rows = Array.from({ length: Math.min(1_000, size - from) }, (_, n): Entry => {
			const number = from + n;
			return {
				...settledEntry,
				entryId: `v1_${sha256(`${expiry} ${number}`)}`,
				state: number % 100 === 0 ? 'unknown' : number % 33 === 0 ? 'rejected' : 'succeeded',
				// Spread over a day, as entries of different times are.
				expiresAt: Date.now() + expiry - (number % DAY_MS),
			};
		});
		await store.insertIfAbsent(rows);
	}
}

void main();
