#!/usr/bin/env python3
"""Forests side by side: single rows, batches and exact attributions of LightGBM, XGBoost, CatBoost and weir.

  bench/forest/run.py --driver build/release/forest_bench [--training-rows N] [--rows N] [--explained N]
      [--models FOLDER] [--write]

Each library learns its own forest of 200 trees (63 leaves, grown leaf by leaf; CatBoost: oblivious trees of depth 6, 64 leaves) from the
same rows. weir evaluates XGBoost's. Answers are compared first: margins and attributions with XGBoost's on the same model. Then CPU
seconds of this process (all threads; every contestant is told to use one), without loading and without converting rows into a library's
own container. weir: of its driver, printed by it. The best of three runs; what takes LightGBM and XGBoost long, once: batches, and
attributions of --peer-explained rows, scaled up (their time is proportional to the rows).
"""
import argparse
import ctypes
import pathlib
import subprocess
import sys
import tempfile
import time

import catboost
import lightgbm
import numpy
import xgboost

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import side_by_side  # noqa: E402

TREES, LEAVES, COLUMNS = 200, 63, 60


def rows_of(count, seed):
    """Rows [count x COLUMNS] of normal, log-normal and counted columns, a tenth of every sixth column missing, and outcomes."""
    random = numpy.random.default_rng(seed)
    rows = random.standard_normal((count, COLUMNS), dtype=numpy.float32)
    rows[:, 10:20] = numpy.exp(rows[:, 10:20])
    rows[:, 20:30] = numpy.floor(numpy.abs(rows[:, 20:30]) * 4)
    for column in range(0, COLUMNS, 6):
        rows[random.random(count) < 0.1, column] = numpy.nan
    known = numpy.nan_to_num(rows[:, :30])
    score = known[:, 1] * known[:, 2] + numpy.sin(2 * known[:, 3]) + (known[:, 4] > 0.5) * known[:, 0] + 0.4 * known[:, 6]
    score += 0.3 * numpy.log1p(known[:, 11]) * known[:, 5] + 0.1 * known[:, 21] - 0.05 * known[:, 22] * known[:, 7]
    score += 0.7 * numpy.isnan(rows[:, 12]) + 0.2 * (rows[:, 30:50] > 1).sum(axis=1)
    return rows, (score - score.mean() + random.logistic(size=count) > 0).astype(numpy.float32)


def cpu_seconds(work, runs=3):
    """The least CPU seconds of `runs` calls, and what the last gave."""
    least = float("inf")
    for _ in range(runs):
        begin = time.process_time()
        answer = work()
        least = min(least, time.process_time() - begin)
    return least, answer


def learned(path, read, learn):
    """The model kept at `path`, or a new one, which is kept there."""
    if path.exists():
        return read(str(path))
    model = learn()
    model.save_model(str(path))
    return model


class Weir:
    def __init__(self, driver, model, folder):
        self.driver, self.model, self.folder = driver, model, folder

    def run(self, what, rows, width, level="", runs=3):
        """CPU seconds and answers [rows x width]; `prepare` is what loading the model's trees takes."""
        path, out = self.folder / "rows.f32", self.folder / "out.f64"
        rows.tofile(path)
        least = float("inf")
        for _ in range(runs):
            command = [self.driver, self.model, path, what, str(len(rows)), out] + ([level] if level else [])
            said = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout.split()
            self.prepare = float(said[1])
            least = min(least, float(said[3]))
        return least, numpy.fromfile(out).reshape(len(rows), width)


class LightGbm:
    def __init__(self, rows, outcome, path):
        options = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.1, "num_threads": 1, "verbosity": -1}
        self.model = learned(path, lambda path: lightgbm.Booster(model_file=path),
                             lambda: lightgbm.train(options, lightgbm.Dataset(rows, outcome), TREES))

    def single(self, rows):
        """The C call for one row at a time, prepared once."""
        library, prepared = lightgbm.basic._LIB, ctypes.c_void_p()
        text = b"num_threads=1"
        if library.LGBM_BoosterPredictForMatSingleRowFastInit(self.model._handle, 1, 0, -1, 0, COLUMNS, text, ctypes.byref(prepared)) != 0:
            sys.exit("LightGBM: no fast call for single rows")
        count, out = ctypes.c_int64(), ctypes.c_double()
        by_count, by_out, call = ctypes.byref(count), ctypes.byref(out), library.LGBM_BoosterPredictForMatSingleRowFast
        places = [ctypes.c_void_p(rows.ctypes.data + 4 * COLUMNS * i) for i in range(len(rows))]

        def all_rows():
            for place in places:
                call(prepared, place, by_count, by_out)

        return cpu_seconds(all_rows)[0]

    def batch(self, rows):
        return cpu_seconds(lambda: self.model.predict(rows, raw_score=True, num_threads=1), 1)[0]

    def explained(self, rows):
        return cpu_seconds(lambda: self.model.predict(rows, pred_contrib=True, num_threads=1), 1)[0]


class XgBoost:
    def __init__(self, rows, outcome, path):
        options = {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": LEAVES, "max_depth": 32,
                   "learning_rate": 0.1, "nthread": 1}
        self.model = learned(path, lambda path: xgboost.Booster({"nthread": 1}, model_file=path),
                             lambda: xgboost.train(options, xgboost.DMatrix(rows, outcome, nthread=1), TREES))

    def single(self, rows):
        def all_rows():
            for i in range(len(rows)):
                self.model.inplace_predict(rows[i:i + 1], predict_type="margin", validate_features=False)

        return cpu_seconds(all_rows)[0]

    def batch(self, rows):
        return cpu_seconds(lambda: self.model.inplace_predict(rows, predict_type="margin", validate_features=False), 1)

    def explained(self, rows):
        matrix = xgboost.DMatrix(rows, nthread=1)
        return cpu_seconds(lambda: self.model.predict(matrix, pred_contribs=True), 1)


class CatBoost:
    def __init__(self, rows, outcome, path):
        new = catboost.CatBoostClassifier(iterations=TREES, depth=6, learning_rate=0.1, thread_count=1, verbose=False, allow_writing_files=False)
        self.model = learned(path, lambda path: catboost.CatBoostClassifier().load_model(path), lambda: new.fit(rows, outcome))

    def batch(self, rows):
        pool = catboost.Pool(rows)
        return cpu_seconds(lambda: self.model.predict(pool, prediction_type="RawFormulaVal", thread_count=1))[0]

    def explained(self, rows):
        pool = catboost.Pool(rows)
        return cpu_seconds(lambda: self.model.get_feature_importance(pool, type="ShapValues", thread_count=1))[0]


def near(what, ours, theirs, tolerance):
    """Ends the bench when answers differ by more than `tolerance`, relative above 1."""
    difference = float(numpy.max(numpy.abs(ours - theirs) / numpy.maximum(1, numpy.abs(theirs))))
    if difference > tolerance:
        sys.exit(f"{what}: weir and XGBoost differ by {difference:.2g}, more than {tolerance}")
    return difference


def table(unit, rows, ours):
    lines = [f"| contestant | {unit} | ratio to weir |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {name} | {value:.3g} | {value / rows[ours]:.1f} |" for name, value in rows.items()])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True, type=pathlib.Path, help="forest_bench, built by `ninja -C build/release forest_bench`")
    parser.add_argument("--training-rows", type=int, default=500_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--explained", type=int, default=20_000)
    parser.add_argument("--peer-explained", type=int, default=2_000)
    parser.add_argument("--models", type=pathlib.Path, help="forests are kept in this folder, and read from it the next time")
    parser.add_argument("--single", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args()

    if options.models is None:
        with tempfile.TemporaryDirectory() as folder:
            compare(options, pathlib.Path(folder))
    else:
        compare(options, options.models)


def compare(options, models):
    training, outcome = rows_of(options.training_rows, 1)
    model = models / "xgboost.json"
    lightgbm_forest = LightGbm(training, outcome, models / "lightgbm.txt")
    xgboost_forest = XgBoost(training, outcome, model)
    catboost_forest = CatBoost(training, outcome, models / "catboost.cbm")
    del training
    rows, _ = rows_of(options.rows, 2)
    single, explained = rows[:options.single].copy(), rows[:options.explained].copy()
    peer_explained = rows[:options.peer_explained].copy()
    scale = len(explained) / len(peer_explained)
    with tempfile.TemporaryDirectory() as folder:
        weir = Weir(options.driver, model, pathlib.Path(folder))

        batch = {"weir": weir.run("margins", rows, 1)}
        batch_peer = xgboost_forest.batch(rows)
        margin_difference = near("margins", batch["weir"][1][:, 0], batch_peer[1].reshape(-1), 1e-5)
        seconds = {"weir": batch["weir"][0], "weir, AVX2": weir.run("margins", rows, 1, "avx2")[0],
                   "weir, plain C++": weir.run("margins", rows, 1, "plain", 1)[0], "XGBoost": batch_peer[0],
                   "LightGBM": lightgbm_forest.batch(rows), "CatBoost (own trees)": catboost_forest.batch(rows)}
        one = weir.run("one", single, 1)
        numpy.testing.assert_array_equal(one[1], batch["weir"][1][:len(single)])
        micros = {name: value / len(single) * 1e6 for name, value in
                  {"weir": one[0], "LightGBM, C fast call": lightgbm_forest.single(single),
                   "XGBoost, Python call": xgboost_forest.single(single[:2000]) * len(single) / 2000}.items()}
        ours = weir.run("contributions", explained, COLUMNS)
        theirs = xgboost_forest.explained(peer_explained)
        contribution_difference = near("attributions", ours[1][:len(peer_explained)], theirs[1][:, :COLUMNS], 1e-5)
        shap = {"weir": ours[0], "weir, AVX2": weir.run("contributions", explained, COLUMNS, "avx2")[0],
                "weir, plain C++": weir.run("contributions", explained, COLUMNS, "plain", 1)[0], "XGBoost": theirs[0] * scale,
                "LightGBM": lightgbm_forest.explained(peer_explained) * scale, "CatBoost (own trees)": catboost_forest.explained(explained)}
        few = weir.run("explain_one", explained[:200], COLUMNS)[0] / 200

    text = f"""{side_by_side.machine()}; loaded; `bench/forest/run.py`.
Forests of {TREES} trees and {LEAVES} leaves of {options.training_rows:,} x {COLUMNS} rows, one thread, CPU time. weir evaluates XGBoost's forest: margins
differ by at most {margin_difference:.1g}, attributions by {contribution_difference:.1g} (XGBoost adds in float). Preparing the forest: {weir.prepare * 1e3:.1f} ms.

One row at a time, microseconds per row:

{table("µs", micros, "weir")}

{options.rows:,} rows at once:

{table("CPU s", seconds, "weir")}

Exact attributions of {options.explained:,} rows (LightGBM, XGBoost: of {options.peer_explained:,}, scaled; one row alone, weir: {few * 1e3:.2f} ms):

{table("CPU s", shap, "weir")}
"""
    print(text)
    if options.write:
        side_by_side.write_section("forest", text)


if __name__ == "__main__":
    main()
