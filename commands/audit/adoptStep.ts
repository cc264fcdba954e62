import { toInputText } from '../../nodes/shared/parameters/values';
import type { ExportedNode, ExportedWorkflow } from './exportedWorkflow';
import { findFreeName, getTopLeft } from './exportedWorkflow';
import type { ConvertedNode } from './convertNode';

const REGISTRY_TYPE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const MANUAL_TRIGGER = 'n8n-nodes-base.manualTrigger';

/** Adds a separate branch above the paying nodes, which a person runs first. A workflow can have only one manual trigger. */
export function addAdoptStep(workflow: ExportedWorkflow, replaced: readonly ConvertedNode[]): void {
	const steps = replaced.filter(({ adopt }) => adopt !== undefined);
	if (steps.length === 0) return;
	const [left, top] = getTopLeft(workflow.nodes);
	const trigger =
		workflow.nodes.find(({ type }) => type === MANUAL_TRIGGER) ?? addTrigger(workflow, [left, top - 240]);
	steps.forEach((step, n) => {
		const node = buildAdoptNode(workflow, step, [left + 240, top - 240 * (n + 1)]);
		workflow.nodes.push(node);
		const { main = [], ...others } = workflow.connections[trigger.name] ?? {};
		const ends = [...(main[0] ?? []), { node: node.name, type: 'main', index: 0 }];
		workflow.connections[trigger.name] = { ...others, main: [ends, ...main.slice(1)] };
	});
}

function addTrigger(workflow: ExportedWorkflow, position: [number, number]): ExportedNode {
	const name = findFreeName(workflow, 'Adopt First');
	const trigger = {
		id: 'adopt-first',
		name,
		type: MANUAL_TRIGGER,
		typeVersion: 1,
		position,
		parameters: {},
	};
	workflow.nodes.push(trigger);
	return trigger;
}

/** Stripe is asked for its list once, however many items the trigger produces. */
function buildAdoptNode(
	workflow: ExportedWorkflow,
	{ node: { id, name }, adopt = {} }: ConvertedNode,
	position: [number, number],
): ExportedNode {
	return {
		id: `${toInputText(id ?? name)}-adopt`,
		name: findFreeName(workflow, `Adopt: ${name}`),
		type: REGISTRY_TYPE,
		typeVersion: 1,
		position,
		parameters: adopt,
		executeOnce: adopt.adoptFrom === 'stripe',
	};
}
