import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import { Ledger } from '../../../ledger/ledger';
import type { Store } from '../../../ledger/store';
import { StoreUnavailableError } from '../../../ledger/store';
import { PostgresStore } from '../../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../../../ledger/stores/staticData';
import type { Clock } from '../../../ledger/clock';
import { buildCatalog } from '../parameters/describing';
import type { InputContext } from '../parameters/parametersOfRun';
import { InputReader } from '../parameters/inputReader';
import { ledgerOptionProperties, ledgerProperties, POSTGRES, REDIS } from './ledgerParameters';
import { resolveLedgerPath, toPostgresSettings, toRedisSettings } from './ledgerSettings';
import { ItemError } from '../run/error';
import { toJson } from '../parameters/values';

/** What is needed to open a ledger. Runs provide it, and so do webhooks, which have no items. */
export type LedgerContext = Pick<
	IExecuteFunctions,
	'getCredentials' | 'getWorkflow' | 'getWorkflowStaticData'
> &
	InputContext;

const ledgerCatalog = buildCatalog([
	...ledgerProperties,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		default: {},
		options: ledgerOptionProperties,
	},
]);

/** Opens the ledgers that the items' parameters select, for one run of a node. */
export class LedgerOpener {
	private readonly opened = new Map<Store, Map<Clock, Ledger>>();
	private staticData: StaticDataStore | undefined;

	constructor(private readonly context: LedgerContext) {}

	/**
	 * Opens a ledger even if it cannot be reached: what then happens is decided by each claim.
	 *
	 * @param clock the clock for times in the ledger
	 * @throws ItemError if the parameters do not select a ledger
	 */
	async open(itemIndex: number, clock: Clock): Promise<Ledger> {
		const store = await this.resolveStore(itemIndex);
		const byClock = this.opened.get(store) ?? new Map<Clock, Ledger>();
		this.opened.set(store, byClock);
		const ledger = byClock.get(clock) ?? new Ledger(store, clock);
		byClock.set(clock, ledger);
		return ledger;
	}

	/**
	 * Returns warnings about the servers of the opened ledgers. A server that is down was reported already. Never throws, because
	 * money has moved by now, and a hint must not cost the items.
	 */
	async getDurabilityWarnings(): Promise<string[]> {
		const serverWarnings = await Promise.all(
			[...this.opened.keys()].map((store) =>
				store.durabilityWarnings().catch((error: unknown) => {
					if (error instanceof StoreUnavailableError) return [];
					return [`The durability of the ledger could not be checked: ${String(error)}`];
				}),
			),
		);
		const seen = this.listLedgers().flatMap(({ warnings }) => warnings);
		return [...new Set([...serverWarnings.flat(), ...seen])];
	}

	/** Must be called when the node ends, even after an error: n8n saves static data when the execution ends. */
	async close(): Promise<void> {
		await Promise.all(this.listLedgers().map((ledger) => ledger.waitUntilIdle()));
		this.staticData?.save();
	}

	private listLedgers(): Ledger[] {
		return [...this.opened.values()].flatMap((byClock) => [...byClock.values()]);
	}

	private async resolveStore(itemIndex: number): Promise<Store> {
		const input = new InputReader(this.context, itemIndex, ledgerCatalog);
		const kind = input.value('ledger') ?? 'localFile';
		const given = (parameter: string) => input.value(parameter) ?? '';
		switch (kind) {
			case 'localFile':
				return SqliteStore.open(resolveLedgerPath(given('ledgerFile')));
			case 'postgres': {
				const table = given('options.ledgerTable');
				const credential = await this.getCredential(POSTGRES, 'Postgres', itemIndex);
				return PostgresStore.open(toPostgresSettings(credential, table));
			}
			case 'redis': {
				const prefix = given('options.ledgerPrefix');
				const credential = await this.getCredential(REDIS, 'Redis', itemIndex);
				return RedisStore.open(toRedisSettings(credential, prefix));
			}
			case 'staticData':
				return (this.staticData ??= this.openStaticData());
			default:
				throw new ItemError(
					'Ledger',
					`is ${toJson(kind)}, which this version does not support`,
					'Choose it from the list, or update the package.',
				);
		}
	}

	private async getCredential(
		type: string,
		label: string,
		itemIndex: number,
	): Promise<ICredentialDataDecryptedObject> {
		return this.context.getCredentials(type, itemIndex).catch((error: unknown) => {
			const { message } = error as Error;
			throw new ItemError(
				`The ledger's ${label} credential`,
				message.includes('does not have any credentials set')
					? 'is not chosen'
					: `cannot be used: ${message}`,
				'Choose it in the node, or ask its owner to share it.',
			);
		});
	}

	private openStaticData(): StaticDataStore {
		const { id, name } = this.context.getWorkflow();
		return new StaticDataStore(this.context.getWorkflowStaticData('global'), id ?? name ?? '');
	}
}
