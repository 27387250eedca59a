"""What the judges of probabilities against true chances share."""
import numpy as np


def calibration_error(probability, chance, groups=10):
    """Mean distance of predicted and true in ten groups of equal size, by rising prediction."""
    order = np.argsort(probability, kind="stable")
    return sum(abs(probability[part].mean() - chance[part].mean()) * len(part) for part in np.array_split(order, groups) if len(part)) / len(order)


def log_odds(probability):
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def recalibrated(probability, chance):
    """Log-odds of the same ranking with slope and level that fit the true chances best: what no calibration can know."""
    x, odds = log_odds(probability), np.zeros(2)
    design = np.column_stack([x, np.ones_like(x)])
    odds[0] = 1
    for _ in range(25):
        p = 1 / (1 + np.exp(-design @ odds))
        odds = odds + np.linalg.solve(design.T @ (design * (p * (1 - p))[:, None]), design.T @ (chance - p))
    return design @ odds


def floor_of_error(probability, chance, level_deviation=0.0):
    """Calibration error that a perfect calibration of this ranking would show on these rows: true chances scatter around any prediction,
    and groups are finite. With a level (log-odds) that is known up to a normal error of this deviation: its mean."""
    margin = recalibrated(probability, chance)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    errors = [calibration_error(1 / (1 + np.exp(-(margin + level_deviation * node))), chance) for node in nodes]
    return float(np.dot(weights, errors) / weights.sum())


def level_deviation(margin, outcome, subject):
    """Standard error of the level (log-odds) that rows of some subjects tell, the rows of one hanging together."""
    fitted = 1 / (1 + np.exp(-recalibrated(1 / (1 + np.exp(-margin)), outcome)))
    _, code = np.unique(subject, return_inverse=True)
    sums = np.bincount(code, weights=outcome - fitted)
    return float(np.sqrt((sums**2).sum()) / (fitted * (1 - fitted)).sum())


def lift(score, outcome, share=0.1):
    """How much more often the outcome comes true among the highest `share` of the scores than among all."""
    top = np.argsort(-score, kind="stable")[: max(1, int(len(score) * share))]
    return outcome[top].mean() / outcome.mean()
