import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { Chance } from '../crash/chance';
import type { Left, Outputs } from '../nodes/registryNode';
import { Desk } from '../nodes/registryNode';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/stripeNode';
import { stripeAt } from '../simulator/client';
import type { RecordedRequest } from '../simulator/simulator';
import type { Deaths } from './deaths';
import type { Decision } from './deeds';
import { anyKind, decisionOf, DEEDS, itemOf, optionsOf, parametersOf } from './deeds';
import { drawFate } from './fate';
import { make } from './make';

const HOUR_MS = 3_600_000;

/** So often the simulator does what Stripe finishes by itself, while the clock runs. */
const STEP_MS = 6 * HOUR_MS;

/** Turns of the event loop in which nothing comes: then nothing is on its way. */
const QUIET_TURNS = 5;

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

const RETRY = { resource: 'entry', operation: 'retry', findBy: 'entryId', entry: '={{ $json.entryId }}' };
const RECONCILE = { resource: 'entry', operation: 'reconcile', which: 'unknown', returnAll: true };

type Group = readonly [Decision, ...Decision[]];

/** What Reconcile tells of an entry. */
export interface Looked {
	entryId: string;
	state: string;
	reconciled: {
		finding: string;
		reason: string | null;
		dashboardUrl: string | null;
		lookAgainAt: string | null;
		nextStep: string;
	};
}

/** Decisions that begin together: a ledger, a Stripe and a clock of their own. */
export class Batch {
	readonly decisions: Decision[] = [];

	private constructor(
		readonly desk: Desk,
		private readonly deaths: Deaths,
		readonly chance: Chance,
	) {}

	static async open(chance: Chance, deaths: Deaths, searchLagMs: number): Promise<Batch> {
		return new Batch(await Desk.open(undefined, { searchLagMs }), deaths, chance);
	}

	close(): Promise<void> {
		return this.desk.close();
	}

	get stripe() {
		return this.desk.setting.stripe;
	}

	/** Draws decisions and their fates, and makes in Stripe what they are done to. */
	async fill(count: number): Promise<void> {
		const stripe = stripeAt(this.stripe, SECRET_KEY);
		for (let n = 0; n < count; n++) {
			const kind = anyKind(this.chance);
			const { needs } = DEEDS[kind];
			const target = needs ? await make(needs, stripe) : '';
			const order = `${this.chance.seed}-${n}`;
			this.decisions.push(decisionOf(kind, order, target, drawFate(this.chance)));
		}
		await this.advance(HOUR_MS);
		this.stripe.requests.length = 0;
		this.stripe.onPoint(({ name, request }) => {
			const decision = this.decisionIn(request);
			if (decision && name === 'received') this.meet(decision, request);
			if (decision && name === 'executed') this.deaths.reach('executed', decision.entryId);
		});
	}

	/** Whose request it is, by what the workflow has put into it; undefined for a read, and for somebody else's. */
	private decisionIn({ method, path, params, key }: RecordedRequest): Decision | undefined {
		if (method === 'GET' || (method === 'POST' && !key?.startsWith('n8n_'))) return undefined;
		const { order } = (params.metadata ?? {}) as { order?: unknown };
		const parts = path.split('/').filter(Boolean);
		return this.decisions.find(({ order: own, target }) =>
			order === undefined ? parts.includes(target) : order === own,
		);
	}

	/** What fate has for this send. A dead process sends nothing. */
	private meet(decision: Decision, { method, path, key }: RecordedRequest): void {
		const isDead = this.deaths.isDead(decision.entryId);
		const fault = isDead ? ({ kind: 'resetBefore' } as const) : decision.fate.sends[decision.sends++];
		if (!fault) return;
		decision.troubles++;
		this.stripe.inject({ ...fault, match: { method, path, key } });
	}

	/** Runs the workflow with the items of these decisions. Every item has to leave, through one output. */
	async run(decisions: readonly Decision[]): Promise<void> {
		const begins = ({ runs, fate }: Decision) => runs === 0 && fate.beginsUnreachable;
		await this.inGroups(
			decisions,
			(decision) => [parametersOf(decision), begins(decision)],
			(group) => {
				const [first] = group;
				const credential = begins(first) ? { baseUrl: NOWHERE } : {};
				return this.desk.run(parametersOf(first), group.map(itemOf), {
					type: STRIPE_NODE,
					credential,
				});
			},
		);
	}

	/** Retries what stands in the ledger, without the workflow. */
	async retry(decisions: readonly Decision[]): Promise<void> {
		await this.inGroups(
			decisions,
			({ fate }) => optionsOf(fate).timeoutSeconds,
			(group) => {
				const { maxRetries, timeoutSeconds } = optionsOf(group[0].fate);
				const parameters = { ...RETRY, options: { maxRetries, timeoutSeconds } };
				return this.desk.run(
					parameters,
					group.map(({ entryId }) => ({ entryId })),
				);
			},
		);
	}

	/** Looks at all that is unknown. @returns what it is told */
	async reconcile(): Promise<Looked[]> {
		const { raws, error } = await this.desk.run(RECONCILE);
		expect(error).toBeUndefined();
		const [known = [], unknown = [], refused = []] = raws.map((items) => items.map(({ json }) => json));
		expect(refused).toEqual([]);
		return [...known, ...unknown] as unknown as Looked[];
	}

	/** Each decision goes its way in one of the runs, which go on at the same time; some die on it. */
	private async inGroups(
		decisions: readonly Decision[],
		groupOf: (decision: Decision) => unknown,
		run: (group: Group) => Promise<Outputs>,
	): Promise<void> {
		for (const { entryId, runs, fate } of decisions) {
			if (fate.dies?.inRun === runs + 1) this.deaths.await(entryId, fate.dies.at);
		}
		const groups = Map.groupBy(decisions, (decision) => JSON.stringify(groupOf(decision)));
		await Promise.all(
			[...groups.values()].map(async (group) => {
				this.note(group, await run(group as unknown as Group));
			}),
		);
	}

	/** Every item has to leave, through one output. Of the dead nothing is heard. */
	private note(group: readonly Decision[], { raws, error }: Outputs): void {
		expect(error).toBeUndefined();
		const left = raws.flatMap((items, through) =>
			items.map(({ json, pairedItem }) => ({
				json,
				through,
				of: (pairedItem as { item: number }).item,
			})),
		);
		expect(left.map(({ of }) => of).toSorted((a, b) => a - b)).toEqual([...group.keys()]);
		for (const { of, through, json } of left) {
			const decision = group[of]!;
			decision.runs++;
			const hasDied = this.deaths.bury(decision.entryId);
			decision.left = hasDied ? undefined : { through, json: json as Left };
		}
	}

	/** A request that its sender has given up may still be on its way: it does not arrive days later. */
	private async calm(): Promise<void> {
		const { requests } = this.stripe;
		let seen = requests.length;
		for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
			await nextTurn();
			if (requests.length > seen) quiet = 0;
			seen = requests.length;
		}
	}

	/** Moves the clock, and lets Stripe do what has become due, when it has. */
	async advance(ms: number): Promise<void> {
		await this.calm();
		for (let left = ms; left > 0; left -= STEP_MS) {
			this.desk.time.advance(Math.min(left, STEP_MS));
			this.stripe.advance(0);
		}
	}

	entries(): Promise<Entry[]> {
		const { ledgerFile } = this.desk.setting;
		return new Ledger(SqliteStore.open(ledgerFile), this.desk.time).list({ limit: 10_000 });
	}
}
