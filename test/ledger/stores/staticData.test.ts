import type { Entry, Outcome } from '../../../ledger/model/entry';
import { Ledger } from '../../../ledger/ledger';
import { StoreUnavailableError } from '../../../ledger/store';
import type { ProcessGuard } from '../../../ledger/stores/staticData';
import { StaticDataStore } from '../../../ledger/stores/staticData';
import { FakeClock, START_TIME } from '../fakeClock';
import { buildRequest, ENTRY_RETENTION_MS, buildReport } from '../requests';
import { row } from './conformance';
import type { Row } from '../../../ledger/model/row';

type Blob = Record<string, unknown>;

/** An n8n process: its executions load the blob as it was last saved, and save it when they end. */
class Process {
	readonly guard: ProcessGuard = new Map();

	begin(saved: string, workflowId = 'workflow') {
		const blob = JSON.parse(saved) as Blob;
		const store = new StaticDataStore(blob, workflowId, this.guard);
		const end = () => {
			store.save();
			return JSON.stringify(blob);
		};
		return { store, ledger: new Ledger(store, new FakeClock()), end };
	}
}

const EMPTY = '{}';
const idsIn = (saved: string) =>
	(JSON.parse(saved) as { stripeIdempotent: { rows: Row[] } }).stripeIdempotent.rows.map(
		({ entryId }) => entryId,
	);

describe('two executions of one process with the same static data loaded', () => {
	it('cannot both send', async () => {
		const n8n = new Process();
		const [one, other] = [n8n.begin(EMPTY), n8n.begin(EMPTY)];
		const kinds = await Promise.all(
			[one, other].map(async ({ ledger }) => (await ledger.claim(buildRequest(), 0)).kind),
		);
		expect(kinds.toSorted()).toEqual(['busy', 'granted']);
	});

	it('know of each other even if the second starts after the first has claimed', async () => {
		const n8n = new Process();
		const one = n8n.begin(EMPTY);
		await one.ledger.claim(buildRequest(), 0);
		expect((await n8n.begin(EMPTY).ledger.claim(buildRequest(), 0)).kind).toBe('busy');
	});

	it.each([
		['the first', [0, 1]],
		['the second', [1, 0]],
	])('save what both have written, though %s ends first and is overwritten', async (_name, order) => {
		const n8n = new Process();
		const executions = [n8n.begin(EMPTY), n8n.begin(EMPTY)];
		await executions[0]?.store.insertIfAbsent([row({ entryId: 'a' })]);
		await executions[1]?.store.insertIfAbsent([row({ entryId: 'b' })]);
		const saved = order.map((n) => executions[n]?.end() ?? '');
		expect(idsIn(saved[1] ?? '').toSorted()).toEqual(['a', 'b']);
	});

	it('of two workflows compete for one entry, and each workflow saves its own copy', async () => {
		const n8n = new Process();
		const [one, other] = [n8n.begin(EMPTY, 'one'), n8n.begin(EMPTY, 'other')];
		await one.store.insertIfAbsent([row({ entryId: 'a' })]);
		await other.store.insertIfAbsent([row({ entryId: 'b' })]);
		expect(await other.store.find(['a'])).toMatchObject([{ entryId: 'a' }]);
		expect([idsIn(one.end()), idsIn(other.end())]).toEqual([['a'], ['b']]);
	});

	it('of two workflows both save what one has started and the other has ended', async () => {
		const n8n = new Process();
		const [one, other] = [n8n.begin(EMPTY, 'one'), n8n.begin(EMPTY, 'other')];
		await one.store.insertIfAbsent([row({ entryId: 'a' })]);
		await other.store.replaceIfVersion([row({ entryId: 'a', version: 2, state: 'succeeded' })]);
		for (const [workflowId, { end }] of Object.entries({ one, other })) {
			const later = new Process().begin(end(), workflowId);
			expect(await later.store.find(['a'])).toMatchObject([{ version: 2, state: 'succeeded' }]);
		}
	});
});

describe('a new process', () => {
	it('is protected by what was saved before the old one ended', async () => {
		const before = new Process().begin(EMPTY);
		const decision = await before.ledger.claim(buildRequest(), 0);
		if (decision.kind !== 'granted') throw new Error('A first claim is granted');
		await before.ledger.settle(decision.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		const after = new Process().begin(before.end());
		expect((await after.ledger.claim(buildRequest(), 0)).kind).toBe('replay');
	});

	it('resends with the same key after an execution that ended unknown', async () => {
		const before = new Process().begin(EMPTY);
		const decision = await before.ledger.claim(buildRequest(), 0);
		if (decision.kind !== 'granted') throw new Error('A first claim is granted');
		await before.ledger.settle(decision.grant, buildReport('unknown'), ENTRY_RETENTION_MS);
		const again = await new Process().begin(before.end()).ledger.claim(buildRequest(), 0);
		expect(again).toMatchObject({
			kind: 'granted',
			grant: { entry: { key: decision.grant.entry.key, mayHaveExecuted: true } },
		});
	});

	it('uses the newer of the saved and the in-memory row', async () => {
		const n8n = new Process();
		const first = n8n.begin(EMPTY);
		await first.store.insertIfAbsent([row({ entryId: 'a', version: 1 })]);
		const old = first.end();
		await first.store.replaceIfVersion([row({ entryId: 'a', version: 2, state: 'succeeded' })]);
		const newest = first.end();

		expect(await n8n.begin(old).store.find(['a'])).toMatchObject([{ version: 2, state: 'succeeded' }]);
		const other = new Process();
		other.begin(old);
		expect(await other.begin(newest).store.find(['a'])).toMatchObject([
			{ version: 2, state: 'succeeded' },
		]);
	});

	it.each<[string, unknown]>([
		['nothing', undefined],
		['null', null],
		['a text', 'x'],
		['no rows', {}],
		['rows that are no list', { version: 2, rows: 'x' }],
	])('starts empty if it finds %s', async (_name, found) => {
		const store = new StaticDataStore({ stripeIdempotent: found }, 'workflow', new Map());
		expect(await store.list({ limit: 10 })).toEqual([]);
	});

	it.each<[string, object, RegExp]>([
		[
			'an older version',
			{ version: 1, rows: [row({ entryId: 'a' })] },
			/older version .*\(schema 1, known here: 9\)/,
		],
		[
			'a newer version',
			{ version: 12, rows: [row({ entryId: 'a' })] },
			/newer version .*\(schema 12, known here: 9\)/,
		],
		['a version of which it has no rows', { version: 1, rows: [] }, /older version/],
	])('refuses what %s has saved, and leaves it unchanged', async (_name, saved, message) => {
		const blob = { stripeIdempotent: saved };
		const store = new StaticDataStore(blob, 'workflow', new Map());
		await expect(store.find(['b'])).rejects.toThrow(message);
		await expect(store.list({ limit: 1 })).rejects.toThrow(message);
		await expect(store.scan().next()).rejects.toThrow(message);
		await expect(store.insertIfAbsent([row({ entryId: 'b' })])).rejects.toThrow(message);
		await expect(store.replaceIfVersion([row({ entryId: 'a', version: 2 })])).rejects.toThrow(message);
		await expect(store.remove([row({ entryId: 'a' })])).rejects.toThrow(message);
		store.save();
		expect(blob).toEqual({ stripeIdempotent: saved });
	});
});

describe('the size is limited', () => {
	const MOST = 500;
	const full = async (state: Row['state']) => {
		const n8n = new Process().begin(EMPTY);
		const rows = Array.from({ length: MOST }, (_, n) =>
			row({ entryId: `${n}`, state, expiresAt: START_TIME + n }),
		);
		await n8n.store.insertIfAbsent(rows);
		return n8n;
	};

	it('to 500 rows: the settled one that would expire first is evicted', async () => {
		const { store, end } = await full('succeeded');
		await store.insertIfAbsent([row({ entryId: 'new' })]);
		const stored = idsIn(end());
		expect(stored).toHaveLength(MOST);
		expect(stored).toContain('new');
		expect(stored).not.toContain('0');
		expect(stored).toContain('1');
	});

	it('a row that still protects money is never evicted, however old it is', async () => {
		const { store } = await full('succeeded');
		const old = (['unknown', 'in_flight', 'reserved'] as const).map((state) =>
			row({ state, expiresAt: 0 }),
		);
		await store.insertIfAbsent(old);
		await store.insertIfAbsent(
			Array.from({ length: 20 }, () => row({ state: 'succeeded', expiresAt: START_TIME * 2 })),
		);
		expect(await store.find(old.map(({ entryId }) => entryId))).not.toContain(undefined);
	});

	it.each(['unknown', 'in_flight'] as const)(
		'a place full of %s is unavailable: nothing is sent',
		async (state) => {
			const { ledger } = await full(state);
			await expect(ledger.claim(buildRequest(), 0)).rejects.toThrow(StoreUnavailableError);
			await expect(ledger.claim(buildRequest(), 0)).rejects.toThrow(
				/holds 500 payments.*Choose the ledger Local File/,
			);
		},
	);

	it('rows that are written together are all stored, or none is and nothing is evicted', async () => {
		const store = new StaticDataStore({}, 'workflow', new Map());
		const settled = Array.from({ length: 2 }, (_, n) => row({ state: 'succeeded', expiresAt: n }));
		await store.insertIfAbsent([...settled, ...Array.from({ length: 498 }, () => row())]);
		const writes = (count: number, changed: Row) => [
			{ row: { ...changed, version: 2 }, isNew: false },
			...Array.from({ length: count }, () => ({ row: row(), isNew: true })),
		];
		await expect(store.replaceTogether(writes(2, settled[0]!))).rejects.toThrow(StoreUnavailableError);
		expect(await store.list({ limit: 1_000 })).toHaveLength(500);
		// Not the one that is written with it, although it is the oldest.
		expect(await store.replaceTogether(writes(1, settled[0]!))).toBe(true);
		const [written, other] = await store.find(settled.map(({ entryId }) => entryId));
		expect([written?.version, other]).toEqual([2, undefined]);
	});

	it('a row that is already stored needs no further place', async () => {
		const { store } = await full('unknown');
		expect(await store.insertIfAbsent([row({ entryId: '7' })])).toMatchObject([{ state: 'unknown' }]);
	});

	it('a row evicted in one workflow remains in another that has also written it', async () => {
		const n8n = new Process();
		const shared = row({ entryId: 'shared', state: 'succeeded', expiresAt: START_TIME });
		const one = n8n.begin(EMPTY, 'one');
		await one.store.insertIfAbsent([shared]);
		const copy = n8n.begin(one.end(), 'copy');
		const later = { state: 'succeeded', expiresAt: START_TIME + 1 } as const;
		await one.store.insertIfAbsent(Array.from({ length: MOST }, () => row(later)));
		expect(idsIn(one.end())).not.toContain('shared');
		expect(await copy.store.find(['shared'])).toMatchObject([{ entryId: 'shared' }]);
		expect(idsIn(copy.end())).toEqual(['shared']);
	});

	it('one workflow does not use up the rows of another', async () => {
		const n8n = new Process();
		const [one, other] = [n8n.begin(EMPTY, 'one'), n8n.begin(EMPTY, 'other')];
		await one.store.insertIfAbsent(Array.from({ length: MOST }, () => row({ state: 'succeeded' })));
		await other.store.insertIfAbsent([row()]);
		expect(idsIn(one.end())).toHaveLength(MOST);
	});
});

describe('the data that everyone with access to the workflow can read', () => {
	const SECRET = 'pi_1_secret_abc jenny@example.com';
	const body = {
		id: 'pi_1',
		object: 'payment_intent',
		status: 'succeeded',
		amount: 1999,
		currency: 'usd',
		created: 1,
	};
	const rejection: Outcome = {
		kind: 'rejected',
		objectId: 'pi_1',
		body: { ...body, receipt_email: SECRET, client_secret: SECRET },
	};
	const settled = (): Entry => ({
		...(row({ state: 'rejected' }) as Entry & { state: 'rejected' }),
		request: { method: 'POST', path: '/v1/payment_intents', params: { receipt_email: SECRET } },
		outcome: rejection,
		previousAttempts: [{ attempt: 1, key: 'k', outcome: rejection, settledAt: 1 }],
		lateResponses: [{ fence: 1, key: 'k', outcome: rejection, at: 1 }],
	});

	it("is only the bare facts of Stripe's response, without parameters", async () => {
		const { store, end } = new Process().begin(EMPTY);
		await store.insertIfAbsent([settled()]);
		await store.replaceIfVersion([{ ...settled(), entryId: 'x' }]);
		const saved = end();
		expect(saved).not.toContain('secret');
		expect(saved).not.toContain('jenny');
		const [stored] = (JSON.parse(saved) as { stripeIdempotent: { rows: [Entry & { outcome: Outcome }] } })
			.stripeIdempotent.rows;
		expect(stored).toMatchObject({
			paramsStored: false,
			request: { params: {} },
			outcome: { objectId: 'pi_1' },
		});
		for (const outcome of [
			stored.outcome,
			stored.previousAttempts?.[0]?.outcome,
			stored.lateResponses?.[0]?.outcome,
		])
			expect(outcome?.body).toEqual(body);
	});

	it('is only the same facts after a settle', async () => {
		const { store, end } = new Process().begin(EMPTY);
		const first = row();
		await store.insertIfAbsent([first]);
		await store.replaceIfVersion([{ ...settled(), entryId: first.entryId, version: first.version + 1 }]);
		expect(end()).not.toContain('jenny');
	});
});

describe('the rest of the static data', () => {
	it('is left unchanged', async () => {
		const saved = JSON.stringify({ lastRun: 5, node: { cursor: 'x' } });
		const { store, end } = new Process().begin(saved);
		await store.insertIfAbsent([row()]);
		expect(JSON.parse(end())).toMatchObject({ lastRun: 5, node: { cursor: 'x' } });
	});

	it('cannot change the ledger, because n8n gets a copy', async () => {
		const blob: Blob = {};
		const store = new StaticDataStore(blob, 'workflow', new Map());
		await store.insertIfAbsent([row({ entryId: 'a', state: 'succeeded' })]);
		store.save();
		(blob.stripeIdempotent as { rows: Row[] }).rows.length = 0;
		expect(await store.find(['a'])).toMatchObject([{ entryId: 'a' }]);
	});
});
