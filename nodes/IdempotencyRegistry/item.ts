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
import { nodeOfRun } from '../shared/run/origin';
import type { Progress } from '../shared/run/progress';
import type { ParameterCatalog } from '../shared/parameters/writtenRule';
import { RegistryParameterReader } from './registryParameterReader';

/** What the items of one run share. */
export interface RunContext {
	context: IExecuteFunctions;
	/** The parameters of the node, with their labels. */
	catalog: ParameterCatalog;
	/** The host's clock. */
	time: TimeSource;
	/** Stripe's time as known to this process, for operations without a credential. */
	clock: Clock;
	/** For work at other APIs. */
	hostClock: Clock;
	ledgers: LedgerOpener;
	mutex: KeyedMutex;
	accounts: AccountsOfRun;
	/** Entries that an item of this run has claimed. A duplicate does not wait for what only later nodes can complete. */
	claimedEntryIds: Set<string>;
	/** The fields of all derived keys, for hints about them. */
	keyFields: CanonicalField[];
	/** The entries of the items, to count duplicates. */
	entryIds: string[];
	/** Whether a query without an index was made. */
	hasReadAll: boolean;
	progress: Progress;
	/** The pace of the run, created by the first item that needs it. */
	pace?: RunPace;
	signal: AbortSignal | undefined;
}

/** One input item during an operation. */
export class RegistryItem {
	readonly read: RegistryParameterReader;
	/** By the node type, because `isToolExecution()` is false in n8n's Agent v3. */
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

	/** All items share one pace, which the options of the first item determine. */
	getPace(): RunPace {
		const perSecond = this.read.optionNumber('requestsPerSecond');
		return (this.run.pace ??= RunPace.fixed(perSecond));
	}

	/**
	 * Opens the ledger that the parameters select. An unreachable ledger reports it on first use.
	 *
	 * @param clock the clock for times in the ledger: Stripe's, for entries about Stripe
	 */
	openLedger(clock = this.run.clock): Promise<Ledger> {
		return this.run.ledgers.open(this.index, clock);
	}

	/** @param givenSecret the secret for tokens, if others can read the ledger */
	async openTokenRegistry(clock = this.run.clock, givenSecret?: string): Promise<TokenRegistry> {
		return (await this.openLedger(clock)).openTokenRegistry(givenSecret);
	}

	/** Generates a unique claim ID. */
	newClaimId(): string {
		return randomUUID();
	}
}
