import { isRecord } from '../../nodes/shared/parameters/values';
import type { ExportedNode, ExportedWorkflow } from './exportedWorkflow';

interface Wire {
	from: string;
	to: string;
	type: string;
}

/** The connections between the nodes of a workflow. */
export class WorkflowGraph {
	private readonly wires: Wire[];
	private readonly byName: ReadonlyMap<string, ExportedNode>;

	constructor(readonly workflow: ExportedWorkflow) {
		this.byName = new Map(workflow.nodes.map((node) => [node.name, node]));
		this.wires = Object.entries(workflow.connections).flatMap(([from, kinds]) =>
			Object.entries(isRecord(kinds) ? kinds : {}).flatMap(([type, outputs]) =>
				// Files from other sources may have one level less.
				[outputs].flat(2).flatMap((end) => (isRecord(end) ? { from, to: end.node, type } : [])),
			),
		);
	}

	find(name: string): ExportedNode | undefined {
		return this.byName.get(name);
	}

	/** Returns the agents, and the servers for agents, that use a node as a tool. */
	toolUsersOf(node: ExportedNode): ExportedNode[] {
		return this.wires
			.filter(({ from, type }) => from === node.name && type === 'ai_tool')
			.flatMap(({ to }) => this.byName.get(to) ?? []);
	}

	/** Returns the nodes whose items can reach this one. Whatever leads to an agent leads to its tools. */
	upstreamOf(node: ExportedNode): ExportedNode[] {
		const found = new Set<string>();
		const queue = [node.name, ...this.toolUsersOf(node).map(({ name }) => name)];
		for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
			for (const { from, to, type } of this.wires) {
				if (to !== name || type !== 'main' || found.has(from)) continue;
				found.add(from);
				queue.push(from);
			}
		}
		return [...found].flatMap((name) => this.byName.get(name) ?? []);
	}

	/** Returns whether the items of a node can come back to it. */
	isInLoop(node: ExportedNode): boolean {
		return this.upstreamOf(node).includes(node);
	}
}
