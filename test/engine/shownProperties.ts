import type { INodeParameters, INodeProperties, INodeType } from 'n8n-workflow';
import { baseTypeOf } from './toolTwin';
import type { NodeTypeMap } from './nodeTypes';
import type { NodeJson } from './workflowJson';

/** Parameters for which n8n does not accept expressions: the stored value is the selected one. */
const CHOICES = ['resource', 'operation'] as const;

type Choice = Partial<Record<(typeof CHOICES)[number], string>>;

const known = new WeakMap<readonly INodeProperties[], Map<string, INodeProperties[]>>();

/**
 * Returns the node types without the properties that cannot be shown for the resource and operation of any node
 * in the workflow. n8n goes through all properties several times in each run and drops hidden ones itself: the
 * result of a run is the same, but it takes a fraction of the time.
 */
export function withWhatMayShow(nodeTypes: NodeTypeMap, nodes: readonly NodeJson[]): NodeTypeMap {
	return Object.fromEntries(
		Object.entries(nodeTypes).map(([name, nodeType]) => {
			const choices = nodes
				.filter(({ type }) => type === name || baseTypeOf(type) === name)
				.map(({ parameters = {} }) => toChoice(parameters));
			return [name, 'nodeVersions' in nodeType ? nodeType : restrict(nodeType, choices)];
		}),
	);
}

function restrict(nodeType: INodeType, choices: readonly Choice[]): INodeType {
	const { description } = nodeType;
	const properties = findWhatMayShow(description.properties, choices);
	return Object.create(nodeType, {
		description: { value: { ...description, properties }, enumerable: true },
	}) as INodeType;
}

/** Returns the properties that can be shown with one of the choices. */
export function findWhatMayShow(
	properties: INodeProperties[],
	choices: readonly Choice[],
): INodeProperties[] {
	const ofProperties = known.get(properties) ?? new Map<string, INodeProperties[]>();
	known.set(properties, ofProperties);
	const key = JSON.stringify(choices);
	const found = ofProperties.get(key) ?? filterProperties(properties, choices);
	ofProperties.set(key, found);
	return found;
}

/** n8n treats a duplicate name differently, so two properties of such a name are kept. */
function filterProperties(properties: INodeProperties[], choices: readonly Choice[]): INodeProperties[] {
	const kept = new Set(
		properties.filter((property) => choices.some((choice) => mayShow(property, choice))),
	);
	for (const { name } of [...kept]) {
		const sameNamed = properties.filter((property) => property.name === name);
		for (const one of sameNamed.slice(0, 2)) kept.add(one);
	}
	return properties.filter((property) => kept.has(property));
}

/**
 * n8n checks the conditions in order, and shows a property that depends on an expression, so only the leading
 * conditions count here.
 */
function mayShow({ displayOptions }: INodeProperties, choice: Choice): boolean {
	for (const [name, values] of Object.entries(displayOptions?.show ?? {})) {
		const chosen = choice[name as keyof Choice];
		if (chosen === undefined) return true;
		const shownFor: readonly unknown[] = values ?? [];
		if (shownFor.some((value) => typeof value === 'object')) return true;
		if (!shownFor.includes(chosen)) return false;
	}
	return true;
}

function toChoice(parameters: INodeParameters): Choice {
	const choice: Choice = {};
	for (const name of CHOICES) {
		const written = parameters[name];
		if (typeof written === 'string' && !written.startsWith('=')) choice[name] = written;
	}
	return choice;
}
