import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { StripeSimulator } from '../../simulator/simulator';
import type { N8nInstallation } from './installation';
import { n8nInstallation } from './installation';
import type { N8nCredential } from './n8nApi';
import { N8nApi } from './n8nApi';
import type { Environment } from './n8nEnvironment';
import { databaseEnvironment, queueEnvironment } from './n8nEnvironment';
import type { Role } from './n8nProcess';
import { N8nProcess } from './n8nProcess';
import { packedNodes } from './packed';
import type { ProgressLine } from './progressLine';
import { progressLine } from './progressLine';

export interface RealN8nOptions {
	/** One process, or a main process with workers. */
	mode?: 'regular' | 'queue';
	/** Number of workers in queue mode. Default 2. */
	workers?: number;
	/** The Stripe simulator of the Stripe credential; default: a new one. */
	simulator?: StripeSimulator;
	/** The servers of the ledger credentials. In queue mode, default: those of n8n itself. */
	postgres?: PostgresServer;
	redis?: RedisServer;
	/** n8n's own database. Default: SQLite in regular mode; in queue mode the Postgres above or a new one. */
	database?: PostgresServer;
	/** n8n's own queue, in queue mode. Default: the Redis above or a new one. */
	queue?: RedisServer;
	/** The n8n version. */
	version?: string;
	/** The port of the main process; default: a free one. */
	port?: number;
	/** Added to the common environment of all processes. */
	environment?: Environment;
	progress?: ProgressLine;
}

interface Stoppable {
	stop(): Promise<void>;
}

/** A real n8n with the packed package, a simulated Stripe, an owner who has signed in, and credentials. */
export class RealN8n {
	/** Credentials by type name: `stripeIdempotentApi`, and `postgres` and `redis` if there is such a server. */
	readonly credentials: Record<string, N8nCredential> = {};
	readonly workers: N8nProcess[] = [];
	simulator!: StripeSimulator;
	main!: N8nProcess;
	api!: N8nApi;
	private installation!: N8nInstallation;
	private nodes!: string;
	private environment: Environment = {};
	/** Everything that was started here and has to be stopped here. */
	private readonly started: Stoppable[] = [];

	static async start(options: RealN8nOptions = {}): Promise<RealN8n> {
		const n8n = new RealN8n();
		try {
			await n8n.begin(options);
			return n8n;
		} catch (error) {
			await n8n.stop();
			throw error;
		}
	}

	private constructor() {}

	/** Starts one more process of the same n8n. A worker is also added to `workers`. */
	async add(role: Exclude<Role, 'main'>): Promise<N8nProcess> {
		const added = await this.process(role);
		if (role === 'worker') this.workers.push(added);
		return added;
	}

	/** Kills a worker and starts another one with a new disk, as an orchestrator does. */
	async replace(worker: N8nProcess): Promise<N8nProcess> {
		const place = this.workers.indexOf(worker);
		if (place < 0) throw new Error('It is no worker of this n8n');
		await worker.remove();
		this.workers.splice(place, 1);
		return this.add('worker');
	}

	/** Ends all processes and removes all folders. */
	async stop(): Promise<void> {
		// In reverse order, because later parts depend on earlier ones.
		for (const one of this.started.splice(0).reverse()) await one.stop();
	}

	private async begin(options: RealN8nOptions): Promise<void> {
		const { version, progress = progressLine(), workers = 2, port } = options;
		this.installation = await n8nInstallation(version, progress);
		this.nodes = await packedNodes(progress);
		this.simulator = options.simulator ?? this.keep(await StripeSimulator.start());
		const servers = await this.serversFor(options);
		try {
			progress.show(`Starting n8n ${this.installation.version}`);
			this.main = await this.process('main', port);
			this.api = new N8nApi(this.main.url);
			// Workers need the database that the main process has just prepared.
			const joining = options.mode === 'queue' ? workers : 0;
			await allOf([
				this.furnish(servers),
				...Array.from({ length: joining }, () => this.add('worker')),
			]);
		} finally {
			progress.end();
		}
	}

	/** Sets up n8n's own servers. Resolves with the servers for ledgers. */
	private async serversFor(
		options: RealN8nOptions,
	): Promise<{ postgres?: PostgresServer; redis?: RedisServer }> {
		const isQueue = options.mode === 'queue';
		let { postgres, redis } = options;
		let database = options.database ?? (isQueue ? postgres : undefined);
		if (isQueue) database ??= this.keep(await PostgresServer.start());
		this.environment = { ...(database && databaseEnvironment(database)) };
		if (isQueue) {
			const queue = options.queue ?? redis ?? this.keep(await RedisServer.start());
			Object.assign(this.environment, queueEnvironment(queue));
			postgres ??= database;
			redis ??= queue;
		}
		Object.assign(this.environment, options.environment);
		return { postgres, redis };
	}

	private async furnish({
		postgres,
		redis,
	}: {
		postgres?: PostgresServer;
		redis?: RedisServer;
	}): Promise<void> {
		await this.api.setUpOwner();
		const stripe = { secretKey: 'sk_test_real_n8n', baseUrl: this.simulator.url };
		for (const [type, name, data] of [
			['stripeIdempotentApi', 'Simulated Stripe', stripe],
			['postgres', 'Postgres', postgres?.settings],
			['redis', 'Redis', redis?.credential],
		] as const) {
			if (data) this.credentials[type] = await this.api.createCredential(type, data, name);
		}
	}

	private async process(role: Role, port?: number): Promise<N8nProcess> {
		const { installation, nodes, environment } = this;
		const process = await N8nProcess.start({ role, installation, nodes, environment, port });
		this.keep({ stop: () => process.remove() });
		return process;
	}

	private keep<T extends Stoppable>(one: T): T {
		this.started.push(one);
		return one;
	}
}

/**
 * Like `Promise.all`, but if one rejects, waits for the others first, so that nothing starts after the failure.
 */
async function allOf(work: Promise<unknown>[]): Promise<void> {
	await Promise.allSettled(work);
	await Promise.all(work);
}
