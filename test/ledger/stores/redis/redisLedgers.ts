import type { Row } from '../../../../ledger/model/row';
import { RedisStore } from '../../../../ledger/stores/redis/redisStore';
import type { RedisSettings } from '../../../../ledger/stores/redis/connection';
import type { RedisCredential } from '../../../servers/redisServer';

interface Server {
	credential: RedisCredential;
}

let made = 0;

/** A prefix that no test has used. */
export function newPrefix(): string {
	return `ledger${++made}:`;
}

/** How a ledger gets to a server of the tests. */
export function getRedisSettings({ credential }: Server, more: Partial<RedisSettings> = {}): RedisSettings {
	const { disableTlsVerification, user, password, ...place } = credential;
	return {
		...place,
		user: user || undefined,
		password: password || undefined,
		verifyTls: !disableTlsVerification,
		prefix: 'ledger:',
		...more,
	};
}

/** The stores of one test: their connections are closed together. */
export class RedisLedgers {
	private readonly opened: RedisStore[] = [];

	open(settings: RedisSettings): RedisStore {
		const store = RedisStore.open(settings);
		this.opened.push(store);
		return store;
	}

	/** The only store of a new prefix. */
	openNew(server: Server, more: Partial<RedisSettings> = {}): RedisStore {
		return this.open(getRedisSettings(server, { prefix: newPrefix(), ...more }));
	}

	close(): void {
		for (const store of this.opened.splice(0)) store.close();
	}
}

/** The names of a ledger's keys are its promise to all versions of this package. */
export function keysOf(prefix: string) {
	return {
		index: `${prefix}{ledger}:index`,
		schema: `${prefix}{ledger}:schema`,
		terms: `${prefix}{ledger}:terms`,
		kept: `${prefix}{ledger}:kept`,
		changed: `${prefix}{ledger}:changed`,
		notes: `${prefix}{ledger}:notes`,
		sums: `${prefix}{ledger}:sums`,
		row: (entryId: string) => `${prefix}{ledger}:entry:${entryId}`,
	};
}

export const listEntryIds = (rows: readonly Row[]) => rows.map(({ entryId }) => entryId);
