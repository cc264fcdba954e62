import type { DisplayCondition, INodeProperties, NodeParameterValue } from 'n8n-workflow';

/** Parameters for which no expression is allowed. */
const FIXED = ['resource', 'operation'];

const IS_EXPRESSION: DisplayCondition = { _cnd: { startsWith: '=' } };

type Conditions = Record<string, (NodeParameterValue | DisplayCondition)[]>;

/**
 * If a choice is an expression, n8n shows everything that depends on it, and does not start a workflow in which a required one is
 * empty (`displayParameter` and `getParameterIssues` of n8n-workflow). So each of them is declared twice: required for its
 * choice, and optional for an expression. A missing value is then refused by the item that needs it.
 */
export function requireOnlyWhereChosen(properties: readonly INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => {
		const { required, displayOptions: { show = {}, hide } = {} } = property;
		const choices = Object.keys(show).filter((name) => !FIXED.includes(name));
		const last = choices.at(-1);
		if (!required || last === undefined) return [property];
		const { required: _required, ...optional } = property;
		const chosen = choices.map((name) => [name, listOthers(properties, name, show[name] ?? [])]);
		const others = Object.fromEntries(chosen) as Conditions;
		return [
			{ ...property, displayOptions: { show: omit(show, choices), hide: { ...hide, ...others } } },
			{
				...optional,
				displayOptions: { ...property.displayOptions, show: { ...show, [last]: [IS_EXPRESSION] } },
			},
		];
	});
}

/** Includes the values of the choice that do not show it. Only conditions that hide are respected for an expression. */
function listOthers(properties: readonly INodeProperties[], choice: string, shown: readonly unknown[]) {
	const options = properties.flatMap(({ name, options: of = [] }) => (name === choice ? of : []));
	const values = new Set(options.flatMap((option) => ('value' in option ? [option.value] : [])));
	return [...[...values].filter((value) => !shown.includes(value)), IS_EXPRESSION];
}

function omit<T>(record: Record<string, T>, names: readonly string[]): Record<string, T> {
	return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
