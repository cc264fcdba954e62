import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import type { CanonicalField } from '../../ledger/identity/key';
import type { Ledger } from '../../ledger/ledger';
import type { TokenRegistry } from '../../ledger/tokenRegistry';
import type { Clock, TimeSource } from '../../ledger/clock';
import { RunPace } from '../../stripe/api/rateLimiter';
import { InputReader } from '../shared/parameters/inputReader';
import type { LedgerOpener } from '../shared/ledger/ledgerOpener';
import type { AccountsOfRun } from '../../payments/resolveAccount';
import type { KeyedMutex } from '../shared/run/concurrency';
import { nodeOfRun } from '../shared/run/nodeOfRun';
import type { Progress } from '../shared/run/progress';
import type { ParameterCatalog } from '../shared/parameters/writtenRule';
import { RegistryParameterReader } from './registryParameterReader';

/** What the items of one run have in common. */
export interface RunContext {
	context: IExecuteFunctions;
	/** What is known of the parameters of the node. */
	catalog: ParameterCatalog;
	/** The host's. */
	time: TimeSource;
	/** The time as this process knows it, for what no credential comes with. */
	clock: Clock;
	/** For what is done at other APIs. */
	hostClock: Clock;
	ledgers: LedgerOpener;
	mutex: KeyedMutex;
	accounts: AccountsOfRun;
	/** Entries that an item of this run has claimed: a twin need not wait for what only later nodes can complete. */
	claimedEntryIds: Set<string>;
	/** The fields of all keys that were derived, for hints about them. */
	keyFields: CanonicalField[];
	/** The entries that the items have named by their keys, to tell how many are twins. */
	entryIds: string[];
	/** Whether a question was asked that no index answers. */
	hasReadAll: boolean;
	progress: Progress;
	/** How fast the run asks Stripe; made by the first item that asks. */
	pace?: RunPace;
	signal: AbortSignal | undefined;
}

/** One input item on its way through an operation. */
export class RegistryItem {
	readonly read: RegistryParameterReader;
	/** Told by the type's name: `isToolExecution()` is false under n8n's Agent v3. */
	readonly isTool: boolean;

	constructor(
		readonly run: RunContext,
		readonly index: number,
	) {
		this.read = new RegistryParameterReader(new InputReader(run.context, index, run.catalog));
		this.isTool = isToolType(nodeOfRun(run.context).type);
	}

	get input(): INodeExecutionData {
		return this.run.context.getInputData()[this.index] ?? { json: {} };
	}

	now(): number {
		return this.run.clock.now();
	}

	/** Many items are no reason to ask Stripe faster: they share one, as fast as the first of them says. */
	getPace(): RunPace {
		const perSecond = this.read.optionNumber('requestsPerSecond');
		return (this.run.pace ??= RunPace.fixed(perSecond));
	}

	/**
	 * The ledger that the parameters name; one that cannot be reached says so at its first use.
	 *
	 * @param clock by which it is stamped and judged: Stripe's, where it is about Stripe
	 */
	openLedger(clock = this.run.clock): Promise<Ledger> {
		return this.run.ledgers.open(this.index, clock);
	}

	/** @param givenSecret from which tokens are made where the ledger can be read by others */
	async openTokenRegistry(clock = this.run.clock, givenSecret?: string): Promise<TokenRegistry> {
		return (await this.openLedger(clock)).openTokenRegistry(givenSecret);
	}

	/** A name that no other claim has. */
	newClaimId(): string {
		return randomUUID();
	}
}
