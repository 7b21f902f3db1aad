# The same tasks in R, for benchmarks/stats.py: one line per task, "task CPU-seconds seconds values".
suppressMessages({library(rms); library(pROC)})
arguments <- commandArgs(trailingOnly = TRUE)  # model.csv, scores.csv, resamples, runs
report <- function(task, work) {
  times <- replicate(as.integer(arguments[4]), {
    time <- system.time(values <<- work(), gcFirst = TRUE)
    c(time[["user.self"]] + time[["sys.self"]], time[["elapsed"]])
  })
  cat(task, format(c(apply(times, 1, median), values), digits = 15), "\n")
}
if (file.exists(arguments[1])) {
  model <- read.csv(arguments[1])
  fit <- lrm(y ~ ., data = model, x = TRUE, y = TRUE)
  report("validate", function() {
    set.seed(1)
    v <- validate(fit, B = as.integer(arguments[3]))
    c((1 + v["Dxy", "index.corrected"]) / 2, v["Slope", "index.corrected"])
  })
}
scores <- read.csv(arguments[2])
report("delong", function() {
  first <- roc(scores$y, scores$first, levels = 0:1, direction = "<")
  second <- roc(scores$y, scores$second, levels = 0:1, direction = "<")
  test <- roc.test(first, second, method = "delong")
  c(ci.auc(first, method = "delong"), test$statistic)
})
