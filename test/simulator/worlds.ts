import type { Clock } from './clock';
import { IdSource } from './ids';
import type { Mode } from './request';
import { World } from './world';

/** All worlds: test and live of every account and connected account are separate, at Stripe and here. */
export class Worlds {
	private readonly worlds = new Map<string, World>();
	readonly ids = new IdSource();

	constructor(private readonly clock: Clock) {}

	of(account: string, mode: Mode): World {
		const name = `${mode} ${account}`;
		const world = this.worlds.get(name) ?? new World(account, mode, this.clock, this.ids);
		this.worlds.set(name, world);
		return world;
	}

	all(): World[] {
		const worlds = [...this.worlds.values()];
		for (const world of worlds) world.rollForward();
		return worlds;
	}

	reset(): void {
		this.worlds.clear();
		this.ids.reset();
	}
}
