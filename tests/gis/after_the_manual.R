
# What the script of docs/from/r.md must have found.
stopifnot(nrow(levels(class)[[1]]) == 5, sum(freq(class)$count) > 1000)
stopifnot(!is.factor(slope), anyNA(values(slope)), identical(series$year, 2001:2020))
stopifnot(file.exists("Rplots.pdf"))
cat("the script of the manual for R: classes, their counts, series and plot\n")
