import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { lookUp } from '../../ledger/queries/lookup';
import { findEntries } from '../../ledger/queries/findEntries';
import type { Store } from '../../ledger/store';
import { ENTRY_STATES } from '../../ledger/store';
import { summarize } from '../../ledger/queries/summarize';
import { systemTime } from '../../ledger/clock';
import { newClaim, RETENTION_MS, sha256, throughLedger } from './claims';
import { timed } from './figures';
import type { Section } from './section';
import type { Figure, Goal } from './table';

const DAY_MS = 86_400_000;

/** Queries to the ledger, and the time limit of each. */
const QUESTIONS: Record<string, { ask: (of: Store, size: number) => Promise<unknown>; goalMs?: number }> = {
	'by entry ID': { ask: (of, size) => lookUp(of, { kind: 'entryId', entryId: idOf(size >> 1) }) },
	'by object': {
		ask: (of, size) => lookUp(of, { kind: 'object', objectId: `pi_${size >> 1}` }),
		goalMs: 5,
	},
	'by field': { ask: (of, size) => lookUp(of, { kind: 'field', value: `A-${size >> 1}` }), goalMs: 5 },
	'50 newest of a customer': {
		ask: (of) => findEntries(of, { customer: 'cus_7' }, 50, Date.now()),
		goalMs: 5,
	},
	'50 newest': { ask: (of) => findEntries(of, {}, 50, Date.now()), goalMs: 10 },
	'50 newest unknown': {
		ask: (of) => findEntries(of, { states: ['unknown'] }, 50, Date.now()),
		goalMs: 10,
	},
	'50 newest that begin so': {
		ask: (of, size) => findEntries(of, { beginsWith: `a-${size >> 1}` }, 50, Date.now()),
		goalMs: 10,
	},
	'50 newest with a text': {
		ask: (of, size) => findEntries(of, { text: `A-${size >> 1}` }, 50, Date.now()),
	},
	summary: { ask: (of) => summarize(of, Date.now()), goalMs: 200 },
	'all that the ledger page asks': { ask: askForPage, goalMs: 1_000 },
	'a claim': {
		ask: async (of) => new Ledger(of, systemTime).claim(newClaim(), 0),
	},
};

/** Runs the queries of the example page, one after the other. */
async function askForPage(of: Store): Promise<void> {
	await summarize(of, Date.now());
	await findEntries(of, { states: ['unknown'] }, 200, Date.now());
	const others = ENTRY_STATES.filter((state) => state !== 'unknown');
	await findEntries(of, { states: others }, 50, Date.now());
}

/** Measures queries on a ledger with many entries against the same queries on the smallest one. */
export const questions: Section = async function* ({ rounds, questions: { entries } }, rivals) {
	for (const { name: ledger, isLarge, store } of rivals) {
		if (!isLarge) continue;
		const least = new Map<string, readonly number[]>();
		for (const size of entries) {
			const filled = await store(`questions_${size}`);
			await fill(filled, size);
			// Count all entries once before measuring.
			await summarize(filled, Date.now());
			for (const [name, { ask, goalMs }] of Object.entries(QUESTIONS)) {
				const ours = await timesOf(() => ask(filled, size), rounds);
				const values = least.get(name);
				least.set(name, values ?? ours);
				const goal: Goal | undefined =
					goalMs === undefined ? undefined : { of: 'value', atMost: goalMs };
				const figure: Figure = {
					what: `${name}, of ${size.toLocaleString('en-US')}`,
					ledger,
					unit: 'ms',
					ours,
					goal,
				};
				yield values ? { ...figure, against: { who: 'the fewest', values } } : figure;
			}
		}
	}
};

async function timesOf(act: () => Promise<unknown>, rounds: number): Promise<number[]> {
	await act();
	const all: number[] = [];
	for (let round = 0; round < rounds; round++) all.push(await timed(1, act));
	return all;
}

const idOf = (n: number) => `v1_${sha256(`asked ${n}`)}`;

/** Fills the store realistically: 1 entry in 500 unknown, 1 in 33 rejected, over 90 days. */
async function fill(store: Store, size: number): Promise<void> {
	const [, settledEntry] = await throughLedger(new Ledger(store, systemTime));
	if (settledEntry.state !== 'succeeded') throw new Error('It did not settle');
	const now = Date.now();
	for (let from = 0; from < size; from += 1_000) {
		const rows = Array.from({ length: Math.min(1_000, size - from) }, (_, position): Entry => {
			const n = from + position;
			const createdAt = now - ((n * 7_919) % size) * ((90 * DAY_MS) / size);
			const body = {
				id: `pi_${n}`,
				object: 'payment_intent',
				amount: n,
				currency: n % 5 ? 'usd' : 'eur',
				customer: `cus_${n % 1_000}`,
				latest_charge: `ch_${n}`,
				status: 'succeeded',
				metadata: { n8n_entry: idOf(n) },
				description: 'x'.repeat(1_000),
			};
			return {
				...settledEntry,
				entryId: idOf(n),
				key: `n8n_${idOf(n)}`,
				fields: [['order', `A-${n}`]],
				createdAt,
				settledAt: createdAt,
				expiresAt: createdAt + RETENTION_MS + DAY_MS,
				outcome: {
					...settledEntry.outcome,
					objectId: `pi_${n}`,
					body,
					payment: {
						kind: 'payment',
						object: `pi_${n}`,
						state: 'paid',
						moved: n,
						notMoved: 0,
						currency: body.currency,
					},
				},
				state: n % 500 === 0 ? 'unknown' : n % 33 === 0 ? 'rejected' : 'succeeded',
			};
		});
		await store.insertIfAbsent(rows);
	}
}
