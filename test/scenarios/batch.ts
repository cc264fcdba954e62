import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { RandomSource } from '../crash/randomSource';
import type { RegistryOutputItem, RegistryRun } from '../nodes/fixtures/registryFixture';
import { RegistryFixture } from '../nodes/fixtures/registryFixture';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import { stripeAt } from '../simulator/client';
import type { RecordedRequest } from '../simulator/simulator';
import type { CrashPlan } from './crashPlan';
import type { Decision } from './operations';
import { pickOperationKind, buildDecision, OPERATIONS, toItem, toOptions, toParameters } from './operations';
import { drawScenario } from './scenario';
import { createPrerequisite } from './entryWith';

const HOUR_MS = 3_600_000;

/** So often the simulator does what Stripe finishes by itself, while the clock runs. */
const STEP_MS = 6 * HOUR_MS;

/** Turns of the event loop in which nothing comes: then nothing is on its way. */
const QUIET_TURNS = 5;

/** Nothing listens there. */
const UNREACHABLE_URL = 'http://127.0.0.1:1';

const RETRY = { resource: 'entry', operation: 'retry', findBy: 'entryId', entry: '={{ $json.entryId }}' };
const RECONCILE = { resource: 'entry', operation: 'reconcile', which: 'unknown', returnAll: true };

type Group = readonly [Decision, ...Decision[]];

/** What Reconcile tells of an entry. */
export interface ReconciledItem {
	entryId: string;
	state: string;
	reconciled: {
		finding: string;
		reason: string | null;
		dashboardUrl: string | null;
		retryAt: string | null;
		nextStep: string;
	};
}

/** Decisions that begin together: a ledger, a Stripe and a clock of their own. */
export class Batch {
	readonly decisions: Decision[] = [];

	private constructor(
		readonly registry: RegistryFixture,
		private readonly crashPlan: CrashPlan,
		readonly random: RandomSource,
	) {}

	static async open(random: RandomSource, crashPlan: CrashPlan, searchLagMs: number): Promise<Batch> {
		return new Batch(await RegistryFixture.open(undefined, { searchLagMs }), crashPlan, random);
	}

	close(): Promise<void> {
		return this.registry.close();
	}

	get stripe() {
		return this.registry.fixture.stripe;
	}

	/** Draws decisions and their fates, and makes in Stripe what they are done to. */
	async fill(count: number): Promise<void> {
		const stripe = stripeAt(this.stripe, SECRET_KEY);
		for (let n = 0; n < count; n++) {
			const kind = pickOperationKind(this.random);
			const { requires: needs } = OPERATIONS[kind];
			const target = needs ? await createPrerequisite(needs, stripe) : '';
			const order = `${this.random.seed}-${n}`;
			this.decisions.push(buildDecision(kind, order, target, drawScenario(this.random)));
		}
		await this.advance(HOUR_MS);
		this.stripe.requests.length = 0;
		this.stripe.onPoint(({ name, request }) => {
			const decision = this.decisionIn(request);
			if (decision && name === 'received') this.applyFault(decision, request);
			if (decision && name === 'executed') this.crashPlan.reach('executed', decision.entryId);
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
	private applyFault(decision: Decision, { method, path, key }: RecordedRequest): void {
		const isDead = this.crashPlan.hasCrashed(decision.entryId);
		const fault = isDead ? ({ kind: 'resetBefore' } as const) : decision.scenario.sends[decision.sends++];
		if (!fault) return;
		decision.troubles++;
		this.stripe.inject({ ...fault, match: { method, path, key } });
	}

	/** Runs the workflow with the items of these decisions. Every item has to leave, through one output. */
	async run(decisions: readonly Decision[]): Promise<void> {
		const begins = ({ runs, scenario }: Decision) => runs === 0 && scenario.beginsUnreachable;
		await this.inGroups(
			decisions,
			(decision) => [toParameters(decision), begins(decision)],
			(group) => {
				const [first] = group;
				const credential = begins(first) ? { baseUrl: UNREACHABLE_URL } : {};
				return this.registry.run(toParameters(first), group.map(toItem), {
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
			({ scenario }) => toOptions(scenario).timeoutSeconds,
			(group) => {
				const { maxRetries, timeoutSeconds } = toOptions(group[0].scenario);
				const parameters = { ...RETRY, options: { maxRetries, timeoutSeconds } };
				return this.registry.run(
					parameters,
					group.map(({ entryId }) => ({ entryId })),
				);
			},
		);
	}

	/** Looks at all that is unknown. @returns what it is told */
	async reconcile(): Promise<ReconciledItem[]> {
		const { raws, error } = await this.registry.run(RECONCILE);
		expect(error).toBeUndefined();
		const [known = [], unknown = [], refusedItem = []] = raws.map((items) =>
			items.map(({ json }) => json),
		);
		expect(refusedItem).toEqual([]);
		return [...known, ...unknown] as unknown as ReconciledItem[];
	}

	/** Each decision goes its way in one of the runs, which go on at the same time; some die on it. */
	private async inGroups(
		decisions: readonly Decision[],
		groupOf: (decision: Decision) => unknown,
		run: (group: Group) => Promise<RegistryRun>,
	): Promise<void> {
		for (const { entryId, runs, scenario } of decisions) {
			if (scenario.crash?.inRun === runs + 1) this.crashPlan.schedule(entryId, scenario.crash.at);
		}
		const groups = Map.groupBy(decisions, (decision) => JSON.stringify(groupOf(decision)));
		await Promise.all(
			[...groups.values()].map(async (group) => {
				this.recordResults(group, await run(group as unknown as Group));
			}),
		);
	}

	/** Every item has to leave, through one output. Of the dead nothing is heard. */
	private recordResults(group: readonly Decision[], { raws, error }: RegistryRun): void {
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
			const hasCrashed = this.crashPlan.finish(decision.entryId);
			decision.result = hasCrashed ? undefined : { through, json: json as RegistryOutputItem };
		}
	}

	/** A request that its sender has given up may still be on its way: it does not arrive days later. */
	private async waitUntilQuiet(): Promise<void> {
		const { requests } = this.stripe;
		let seenCount = requests.length;
		for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
			await nextTurn();
			if (requests.length > seenCount) quiet = 0;
			seenCount = requests.length;
		}
	}

	/** Moves the clock, and lets Stripe do what has become due, when it has. */
	async advance(ms: number): Promise<void> {
		await this.waitUntilQuiet();
		for (let left = ms; left > 0; left -= STEP_MS) {
			this.registry.time.advance(Math.min(left, STEP_MS));
			this.stripe.advance(0);
		}
	}

	entries(): Promise<Entry[]> {
		const { ledgerFile } = this.registry.fixture;
		return new Ledger(SqliteStore.open(ledgerFile), this.registry.time).list({ limit: 10_000 });
	}
}
